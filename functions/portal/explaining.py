"""Routes that explain: who has access, why a call fails, how code for the account reads."""

from asyncio import gather
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from functions.portal.bodies.common import GUID, ErrorBody, Guid
from functions.portal.bodies.explaining import AccessBody, ChoiceBody, DiagnoseBody, DiagnosisBody, SnippetBody
from functions.portal.callers import Role
from functions.portal.errors import ApiError
from functions.portal.guard import BEARER, open_to
from functions.portal.paths import ACCOUNT, AccountPath
from shared.models import Deployment
from shared.resource_id import ResourceId
from shared.road.access.reading import access
from shared.road.diagnose import Client, Symptom, diagnose
from shared.road.services import services
from shared.road.snippets.models import Client as SnippetClient
from shared.road.snippets.models import Language
from shared.road.snippets.snippet import choices, first_fitting, snippet

readers = APIRouter(route_class=open_to(Role.READ), dependencies=[BEARER], tags=["explaining"])
type Principal = Annotated[
    str,
    Query(
        alias="principalId",
        pattern=GUID,
        description="The object id of a user, group, service principal or managed identity.",
    ),
]


type Status = Annotated[int, Field(ge=100, le=599)]
type DeploymentName = Annotated[str, Field(min_length=1, max_length=100)]
type AnyPrincipal = Annotated[
    Guid | SkipJsonSchema[None], Query(alias="principalId", description="Who called, by object id.")
]


@readers.get(f"{ACCOUNT}/access")
async def who_may(account: AccountPath, principal: Principal) -> AccessBody:
    """What a principal can do on the account: by which roles, through which groups, since when, and whether it sees the keys."""
    return AccessBody.model_validate(await access(services(), account, principal.lower()))


@readers.get(f"{ACCOUNT}/diagnose")
async def why(
    account: AccountPath,
    error: Annotated[str, Query(max_length=500, description="The error's text; better sent by POST.")] = "",
    status: Annotated[Status | SkipJsonSchema[None], Query()] = None,
    client: Annotated[Client, Query(description="What made the call.")] = Client.UNKNOWN,
    endpoint: Annotated[str, Query(max_length=300, description="The address that was called.")] = "",
    principal: AnyPrincipal = None,
) -> DiagnosisBody:
    """Why a call to the account fails: every cause that fits, checked against the account as it is."""
    return await _diagnosed(account, Symptom(error, status, client, endpoint), principal)


@readers.post(f"{ACCOUNT}/diagnose")
async def why_by_text(account: AccountPath, given: DiagnoseBody) -> DiagnosisBody:
    """The same, with the error's text in the body: addresses are logged on the way, and the text may hold a key."""
    symptom = Symptom(given.error, given.status, given.client, given.endpoint)
    return await _diagnosed(account, symptom, given.principal_id)


async def _diagnosed(account: ResourceId, symptom: Symptom, principal: str | None) -> DiagnosisBody:
    found = await diagnose(services(), account, symptom, principal.lower() if principal else None)
    return DiagnosisBody.model_validate(found)


@readers.get(
    f"{ACCOUNT}/snippet",
    responses={
        409: {"model": ErrorBody, "description": "There is no such code for this account; the message says why"}
    },
)
async def code(
    account: AccountPath,
    language: Annotated[Language, Query()],
    client: Annotated[
        SnippetClient | SkipJsonSchema[None], Query(description="The best for the language where none is named.")
    ] = None,
    deployment: Annotated[
        DeploymentName | SkipJsonSchema[None],
        Query(description="The account's first that fits where none is named."),
    ] = None,
) -> SnippetBody:
    """A program that calls the account with Microsoft Entra ID, in the language and by the client asked for."""
    here = services()
    found, deployments = await gather(here.accounts.get(account), here.accounts.list_deployments(account))
    chosen = _chosen(deployments, deployment) if deployment else first_fitting(found, deployments, client)
    made = snippet(found, language=language, client=client, deployment=chosen)
    offered = [ChoiceBody.model_validate(each) for each in choices(found)]
    return SnippetBody(**asdict(made), deployment=chosen.name if chosen else None, choices=offered)


def _chosen(deployments: Iterable[Deployment], name: str) -> Deployment:
    found = {each.name.lower(): each for each in deployments}
    if name.lower() in found:
        return found[name.lower()]
    there = ", ".join(sorted(each.name for each in found.values())) or "none"
    message = f"The account has no deployment '{name}'; it has {there}."
    raise ApiError(404, "deploymentUnknown", message, target="query.deployment")
