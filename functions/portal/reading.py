"""Routes that change nothing: the fleet, its accounts, what was done to each."""

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from functions.portal import answers
from functions.portal.bodies.account import AccountDetail, LedgerBody
from functions.portal.bodies.common import Guid, Me
from functions.portal.bodies.fleet import AccountsPage, FleetBody
from functions.portal.callers import Role
from functions.portal.guard import BEARER, Calling, open_to
from functions.portal.paths import ACCOUNT, AccountPath
from shared.models import Entry, Milestone
from shared.models.operations import Operation
from shared.road import fleet, fleet_report
from shared.road.inverse import standing
from shared.road.looking import look
from shared.road.services import Services, services
from shared.road.verdict import Covered
from shared.store.postures import PostureFilter

_LARGEST_PAGE = 200
_MEDIA = {"json": "application/json", "csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8"}
_REPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report, in the order of ids",
        "content": {
            "application/json": {"schema": {}},
            "text/csv": {"schema": {"type": "string"}},
            "text/markdown": {"schema": {"type": "string"}},
        },
    }
}
anyone = APIRouter(route_class=open_to(None), dependencies=[BEARER], tags=["caller"])
readers = APIRouter(route_class=open_to(Role.READ), dependencies=[BEARER])
type Size = Annotated[int, Query(ge=1, le=_LARGEST_PAGE, description="How many at the most.")]
type Word = Annotated[str, Field(max_length=90)]
type Mark = Annotated[str, Field(max_length=1000, pattern=r"^[A-Za-z0-9|_=.:@-]+$")]
type Cursor = Annotated[Mark | SkipJsonSchema[None], Query(description="From `nextLink`.")]


@anyone.get("/me")
async def me(caller: Calling) -> Me:
    """Who is calling, and which roles they have."""
    roles = [each for each in Role if caller.may(each)]
    return Me(
        id=caller.id, name=caller.name, is_application=caller.is_application, roles=[each.short for each in roles]
    )


@readers.get("/fleet", tags=["fleet"])
async def whole_fleet() -> FleetBody:
    """The fleet in numbers: milestones, blockers, ages of keys, and how they came about."""
    return FleetBody.model_validate(await fleet.summary(services()))


@readers.get("/accounts", tags=["fleet"])
async def accounts(
    milestone: Annotated[
        Milestone | Literal["none"] | SkipJsonSchema[None],
        Query(description="Those that stand at it; `none` are those on the road that have reached none."),
    ] = None,
    blocker: Annotated[Word | SkipJsonSchema[None], Query(description="Those with a blocker of this code.")] = None,
    covered: Annotated[Covered | SkipJsonSchema[None], Query()] = None,
    rule: Annotated[Word | SkipJsonSchema[None], Query()] = None,
    goal: Annotated[Milestone | SkipJsonSchema[None], Query()] = None,
    subscription: Annotated[Guid | SkipJsonSchema[None], Query()] = None,
    kind: Annotated[Word | SkipJsonSchema[None], Query()] = None,
    name: Annotated[Word | SkipJsonSchema[None], Query(description="Those whose name contains this.")] = None,
    top: Size = 50,
    cursor: Cursor = None,
) -> AccountsPage:
    """The fleet as the last passes left it, in the order of subscription and id, page after page."""
    asked = {
        "milestone": milestone,
        "blocker": blocker,
        "covered": covered,
        "rule": rule,
        "goal": goal,
        "subscription": subscription,
        "kind": kind,
        "name": name,
    }
    named = {key: str(value) for key, value in asked.items() if value}
    found = await services().postures.page(PostureFilter(**named), size=top, after=cursor)
    following = {**named, "top": top, "cursor": found.next}
    return AccountsPage(
        value=[answers.summary(each) for each in found.postures],
        next_link=f"/api/accounts?{urlencode(following)}" if found.next else None,
    )


@readers.get(ACCOUNT, tags=["account"])
async def account(account: AccountPath) -> AccountDetail:
    """One account as it is in Azure now: facts, verdict, plan. Nothing is changed by it."""
    return answers.detail(await look(services(), account))


@readers.get(f"{ACCOUNT}/ledger", tags=["account"])
async def ledger(account: AccountPath, top: Size = 50, cursor: Cursor = None) -> LedgerBody:
    """Every change that was made to the account or tried, newest first; kept when the account is gone."""
    here = services()
    history = await here.ledger.history(account)
    in_effect = frozenset(each.row for each in standing(history))
    older = [each for each in reversed(history) if cursor is None or each.row < cursor]
    shown = older[:top]
    asked = await _asked(here, shown)
    following = {"top": top, "cursor": shown[-1].row} if len(older) > top else None
    return LedgerBody(
        value=[answers.entry(each, asked.get(each.operation_id), in_effect) for each in shown],
        next_link=f"/api/accounts/{account.text.lstrip('/')}/ledger?{urlencode(following)}" if following else None,
    )


async def _asked(here: Services, entries: list[Entry]) -> dict[str, Operation]:
    """The operations among these entries' that somebody asked for."""
    ids = sorted({each.operation_id for each in entries})
    found = await asyncio.gather(*map(here.operations.get, ids))
    return {each.id: each for each in found if each}


@readers.get("/report", tags=["fleet"], response_class=Response, responses=_REPORTS)
async def report(format: Annotated[Literal["json", "csv", "md"], Query()] = "json") -> Response:  # noqa: A002  # the API's word
    """The fleet's posture to keep and compare: in the order of ids, and without what changes by itself."""
    text = "".join([each async for each in fleet_report.report(services(), format)])
    headers = {"Content-Disposition": f'attachment; filename="unkeyed-fleet.{format}"'}
    return Response(text, media_type=_MEDIA[format], headers=headers)
