"""Routes that ask for something: shown before it is done, done by the work queue, followed by its operation.

Whoever asks again with the same Idempotency-Key gets the operation that there is.
"""

import hashlib
import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from functions.portal import answers
from functions.portal.bodies.common import GUID, ROLE, Detail, ErrorBody
from functions.portal.bodies.orders import (
    GrantBody,
    LocalAuthBody,
    OperationBody,
    PreviewBody,
    RevokeBody,
    RollbackBody,
    SwitchBody,
)
from functions.portal.callers import Caller, Role
from functions.portal.errors import ApiError
from functions.portal.guard import BEARER, Calling, open_to
from functions.portal.paths import ACCOUNT, AccountPath, OperationPath
from shared.models.orders import Asker, Order, OrderKind
from shared.resource_id import ResourceId
from shared.road.orders.ask import ask
from shared.road.orders.progress import progress, wait_for_news
from shared.road.orders.show import Preview, show
from shared.road.services import services
from shared.roles import role_guid

_NAMESPACE = uuid.UUID("5d8a7c0e-6a53-4b1e-9a59-6a1f6a1d3c55")
_LONGEST_WAIT = 25  # seconds: well within what a load balancer in front lets a call take
_ALL, _DESPITE_NOTHING = SwitchBody(), RevokeBody()
_SOON = 1  # seconds until it is worth looking how an operation goes
operators = APIRouter(route_class=open_to(Role.OPERATE), dependencies=[BEARER], tags=["orders"])
admins = APIRouter(route_class=open_to(Role.ADMIN), dependencies=[BEARER], tags=["orders"])
readers = APIRouter(route_class=open_to(Role.READ), dependencies=[BEARER], tags=["operations"])

type DryRun = Annotated[bool, Query(alias="dryRun", description="Shows what would be done, and does nothing.")]
type Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
type Key = Annotated[
    Word | SkipJsonSchema[None],
    Header(
        alias="Idempotency-Key",
        description="Asked again with the same key, the same operation is answered; with another request it is refused.",
    ),
]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": PreviewBody, "description": "With dryRun: what would be done"},
    202: {"model": OperationBody, "description": "It is being done; the header Location says where to look"},
    409: {"model": ErrorBody, "description": "It is refused; details are the blockers, each with what to do"},
    422: {"model": ErrorBody, "description": "The Idempotency-Key was used for another request"},
}


type Sequence = Annotated[int, Field(ge=0)]


class Asking:
    """One request for one account: shown, or asked for."""

    def __init__(self, caller: Caller, account: ResourceId, key: str | None) -> None:
        self._caller, self._account, self._key = caller, account, key
        self._operation_id = _operation_id(caller, key)

    async def answer(self, order: Order, *, dry_run: bool) -> Response:
        """What would be done, or the operation that does it; raises ApiError 409 where it is refused."""
        if not dry_run and (known := await self._known(order)):
            return known
        shown = await show(services(), self._account, order)
        if dry_run:
            return JSONResponse(answers.preview(shown, order).model_dump(mode="json"))
        if shown.refused:
            raise _refused(shown)
        return await self._asked(order)

    async def _known(self, order: Order) -> Response | None:
        """The answer to a request that was made before with the same key."""
        if self._key is None or await services().operations.get(self._operation_id) is None:
            return None
        return await self._asked(order)

    async def _asked(self, order: Order) -> Response:
        caller = self._caller
        await ask(
            services(),
            self._account,
            order,
            Asker(caller.id, caller.name, caller.client),
            operation_id=self._operation_id,
            fingerprint=_fingerprint(self._account, order),
        )
        found = await progress(services(), self._operation_id)
        if found is None:
            raise ApiError(500, "internalError", "The operation was written and could not be read.")
        headers = {"Location": f"/api/operations/{self._operation_id}", "Retry-After": str(_SOON)}
        return JSONResponse(answers.operation(found).model_dump(mode="json"), 202, headers=headers)


def _operation_id(caller: Caller, key: str | None) -> str:
    """One for each caller and key, so that no caller meets another's; without a key one of its own."""
    return str(uuid.uuid5(_NAMESPACE, f"{caller.id} {key}") if key else uuid.uuid4())


def _fingerprint(account: ResourceId, order: Order) -> str:
    asked = [account.key, *(getattr(order, name) for name in order.__slots__)]
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()


def _refused(shown: Preview) -> ApiError:
    details = [
        Detail(code=each.code, message=each.message, target=each.milestone, fix=each.fix) for each in shown.refused
    ]
    message = "This is not done now: " + " ".join(each.message for each in shown.refused)
    return ApiError(409, "refused", message[:2000], details=details)


def _role(text: str) -> str:
    """The role's GUID: the pattern has let nothing else through."""
    return role_guid(text) or text


async def _asking(caller: Calling, account: AccountPath, key: Key = None) -> Asking:
    return Asking(caller, account, key)


type Asked = Annotated[Asking, Depends(_asking)]


@operators.post(f"{ACCOUNT}/onboard", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def onboard(asking: Asked, dry_run: DryRun = False) -> Response:
    """Has the account taken as far along the road as its rule says and evidence allows."""
    return await asking.answer(Order(OrderKind.ONBOARD), dry_run=dry_run)


@operators.post(f"{ACCOUNT}/grants", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def grant(asking: Asked, given: GrantBody, dry_run: DryRun = False) -> Response:
    """Gives a group a role on the account, where the policy allows that group and that role."""
    order = Order(OrderKind.GRANT, principal=given.principal_id.lower(), role=_role(given.role))
    return await asking.answer(order, dry_run=dry_run)


@operators.delete(f"{ACCOUNT}/grants", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def remove_grant(
    asking: Asked,
    principal: Annotated[str, Query(alias="principalId", pattern=GUID, description="The group's object id.")],
    role: Annotated[str, Query(pattern=ROLE, description="By alias or by GUID.")],
    dry_run: DryRun = False,
) -> Response:
    """Takes back a role that was asked for here; what the policy itself grants is the policy's to change."""
    order = Order(OrderKind.REMOVE_GRANT, principal=principal.lower(), role=_role(role))
    return await asking.answer(order, dry_run=dry_run)


@operators.post(f"{ACCOUNT}/connections/switch", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def switch(asking: Asked, given: Annotated[SwitchBody, Body()] = _ALL, dry_run: DryRun = False) -> Response:
    """Has connections that hold the account's key sign in with Microsoft Entra ID."""
    return await asking.answer(Order(OrderKind.SWITCH, connections=tuple(given.connections)), dry_run=dry_run)


@operators.post(f"{ACCOUNT}/keys/rotate", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def rotate(asking: Asked, dry_run: DryRun = False) -> Response:
    """Makes the key new that consumers do not hold, and writes it to the vault's secret."""
    return await asking.answer(Order(OrderKind.ROTATE), dry_run=dry_run)


@admins.post(f"{ACCOUNT}/keys/revoke", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def revoke(
    asking: Asked, given: Annotated[RevokeBody, Body()] = _DESPITE_NOTHING, dry_run: DryRun = False
) -> Response:
    """Makes both keys new, so that every copy of them is dead."""
    return await asking.answer(Order(OrderKind.REVOKE, despite=tuple(given.despite)), dry_run=dry_run)


@admins.post(f"{ACCOUNT}/local-auth", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def local_auth(asking: Asked, given: LocalAuthBody, dry_run: DryRun = False) -> Response:
    """Turns key access off, or on again."""
    kind = OrderKind.UNSEAL if given.enabled else OrderKind.SEAL
    return await asking.answer(Order(kind, despite=tuple(given.despite)), dry_run=dry_run)


@admins.post(f"{ACCOUNT}/rollback", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def rollback(asking: Asked, given: RollbackBody, dry_run: DryRun = False) -> Response:
    """Undoes all that stands beyond a milestone, or what one operation did; the account then goes no further by itself."""
    if (given.to is None) == (given.operation is None):
        message = "Name either a milestone to go back to, as `to`, or an operation to undo, as `operation`."
        raise ApiError(400, "invalidRequest", message, target="body")
    order = Order(OrderKind.ROLL_BACK, to=given.to, undo=(given.operation or "").lower(), leaked=given.leaked)
    return await asking.answer(order, dry_run=dry_run)


@admins.post(f"{ACCOUNT}/resume", status_code=202, response_model=OperationBody, responses=ANSWERS)
async def resume(asking: Asked, dry_run: DryRun = False) -> Response:
    """Lets an account that a rollback has stopped go on."""
    return await asking.answer(Order(OrderKind.RESUME), dry_run=dry_run)


@readers.get("/operations/{operation}", responses={404: {"model": ErrorBody}})
async def operation(
    operation: OperationPath,
    after: Annotated[
        Sequence | SkipJsonSchema[None], Query(description="Waits for what is newer than this `sequence`.")
    ] = None,
    wait: Annotated[int, Query(ge=0, le=_LONGEST_WAIT, description="Seconds to wait at the most.")] = 0,
) -> OperationBody:
    """How far an operation has come; with `after` and `wait` the answer comes as soon as there is something new."""
    here, name = services(), operation.lower()
    found = await (
        wait_for_news(here, name, after=after, seconds=wait) if after is not None and wait else progress(here, name)
    )
    if found is None:
        raise ApiError(404, "operationUnknown", f"There is no operation {name}.", target="path.operation")
    return answers.operation(found)
