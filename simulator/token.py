"""A bearer token for the app's API, from the running local Azure, as somebody with az at hand would get it."""

import json
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from simulator.child import shell_variables
from simulator.company.identities import PEOPLE, PORTAL, Person
from simulator.company.portal import roles_of
from simulator.sign_in.clients import AZURE_CLI

NO_ROLE = "none"
_SECONDS = 10


class NoTokenError(Exception):
    """There is no token; the text says why and what to do."""


def token(home: Path, role: str) -> str:
    """The token of the person with this role (Read, Operate, Admin, none); raises NoTokenError."""
    person = _holder(role)
    address, tenant = _running(home)
    form = {
        "grant_type": "password",
        "client_id": AZURE_CLI,
        "username": person.user_name,
        "password": person.password,
        "scope": f"api://{PORTAL.app_id}/.default",
    }
    try:
        with build_opener(ProxyHandler({})).open(
            f"{address}/{tenant}/oauth2/v2.0/token", urlencode(form).encode(), _SECONDS
        ) as answer:
            return str(json.load(answer)["access_token"])
    except HTTPError as error:
        with error:
            raise NoTokenError(f"the sign-in of the local Azure refused: {error.read().decode()}") from error
    except (URLError, HTTPException, OSError) as error:
        raise NoTokenError(f"nothing answers at {address}: start the local Azure with `make up`") from error


def _holder(role: str) -> Person:
    holders = {_short(each): each for each in reversed(PEOPLE)}
    found = holders.get(role.lower())
    if found is None:
        raise NoTokenError(f"there is no role '{role}': ROLE is Read, Operate, Admin or {NO_ROLE}")
    return found


def _short(person: Person) -> str:
    roles = roles_of(person)
    return roles[0].rpartition(".")[2].lower() if roles else NO_ROLE


def _running(home: Path) -> tuple[str, str]:
    """Where the local Azure of this home folder listens, and its tenant."""
    try:
        variables = shell_variables((home / "env").read_text())
    except FileNotFoundError as error:
        raise NoTokenError("no local Azure has been started here: start it with `make up`") from error
    return variables["UNKEYED_SIMULATOR"], variables["AZURE_TENANT_ID"]
