"""How a path names an account: by its ARM id, encoded or not, in any casing, with or without the first slash."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.convertors import Convertor, register_url_convertor

from functions.portal.errors import ApiError
from functions.portal.guard import open_to
from functions.portal.models import GUID
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

    regex = rf"(?!{_AccountId.regex}(?:/.*)?$).*"


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


fallback = APIRouter(route_class=open_to(None), include_in_schema=False)


@fallback.api_route("/accounts/{rest:no_account_id}", methods=["GET", "POST", "DELETE"])
async def no_account(rest: str) -> None:
    """Says what is wrong with a path that names no account."""
    account_in(rest)
    raise ApiError(404, "notFound", "There is nothing at this address; /api/docs lists what there is.")


type AccountPath = Annotated[ResourceId, Depends(_account)]
type OperationPath = Annotated[str, Path(description="The operation's id.", pattern=GUID)]
