"""How a path names an account: by its ARM id, encoded or not, in any casing, with or without the first slash."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.routing import Match

from functions.portal.bodies.common import GUID
from functions.portal.errors import METHOD_NOT_ALLOWED, ApiError
from functions.portal.guard import open_to
from shared.resource_id import ResourceId, ResourceIdError

# What a program that makes ids up by the OpenAPI document comes to
PATTERN = (
    r"^/subscriptions/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/resource[Gg]roups/[A-Za-z0-9_-]{1,90}"
    r"/providers/Microsoft\.CognitiveServices/accounts/[A-Za-z0-9][A-Za-z0-9_-]{1,63}$"
)
EXAMPLE = (
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-shop"
    "/providers/Microsoft.CognitiveServices/accounts/contoso-shop"
)


class _AccountId(Convertor[str]):
    """Ends with the account's name, so that an account may be named like a route is: access, ledger …"""

    regex = r"/?(?i:subscriptions/[^/]+/resourcegroups/[^/]+/providers/[^/]+/accounts/[^/]+)/?"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _NoAccountId(_AccountId):
    """Anything that does not begin as an account's id does: told what one looks like."""

    regex = rf"(?!{_AccountId.regex}(?s:/.*)?$)(?s:.*)"


register_url_convertor("account_id", _AccountId())
register_url_convertor("no_account_id", _NoAccountId())
ACCOUNT = "/accounts/{account:account_id}"


def account_in(text: str, target: str = "path.account") -> ResourceId:
    """The account that a path or a field names; raises ApiError 400 where it names none."""
    plain = text.strip()
    try:
        return ResourceId.account(plain if plain.startswith("/") else f"/{plain}")
    except ResourceIdError as error:
        raise ApiError(
            400, "accountIdInvalid", f"{error}. An account is named as in {EXAMPLE}", target=target
        ) from error


def _account(
    account: Annotated[
        str,
        Path(
            description="The account's ARM id, encoded or not, in any casing.",
            json_schema_extra={"pattern": PATTERN, "examples": [EXAMPLE]},
        ),
    ],
) -> ResourceId:
    return account_in(account)


_BASE = "/api/accounts/"
_ANY = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE")
fallback = APIRouter(route_class=open_to(None), include_in_schema=False)


@fallback.api_route("/accounts/{rest:no_account_id}", methods=list(_ANY))
async def no_account(request: Request, rest: str) -> None:
    """Says what is wrong with a path that names no account, if not with its method."""
    allowed = methods_at(request)
    if allowed and request.method not in allowed:
        raise HTTPException(METHOD_NOT_ALLOWED)
    account_in(rest)
    raise HTTPException(404)


def methods_at(request: Request) -> tuple[str, ...]:
    """The methods that the address takes, whether or not it names an account as it should; none where nothing is there."""
    path = request.url.path
    if path.startswith(_BASE) and not re.fullmatch(f"{_AccountId.regex}(/.*)?", path.removeprefix(_BASE)):
        end = next((each for each in _suffixes(request.app) if path.endswith(each)), "")
        path = f"{_BASE}{EXAMPLE[1:]}{end}"
    return tuple(each for each in ("GET", "POST", "DELETE") if _takes(request, each, path))


def _suffixes(app: FastAPI) -> set[str]:
    """What stands behind an account in the addresses of the API."""
    return {path.partition("{account}")[2] for path in app.openapi()["paths"] if "{account}/" in path}


def _takes(request: Request, method: str, path: str) -> bool:
    scope = {**request.scope, "method": method, "path": path, "raw_path": path.encode()}
    return any(each.matches(scope)[0] is Match.FULL for each in request.app.routes)


type AccountPath = Annotated[ResourceId, Depends(_account)]
type OperationPath = Annotated[str, Path(description="The operation's id.", pattern=GUID)]
