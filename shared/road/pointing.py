"""What a connection means for an account: does it lead there, does it use its key, can it do without? Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.models import Account, Connection, Pointing
from shared.resource_id import account_above
from shared.store.connection_index import UNPLACED, Link, State

# How a connection signs in without any key; every other way, known or not, is taken for one that uses a key
KEYLESS = frozenset(
    {
        "aad",
        "none",
        "managedidentity",
        "projectmanagedidentity",
        "accountmanagedidentity",
        "userentratoken",
        "agentuserimpersonation",
        "agenticidentitytoken",
        "agenticuser",
    }
)
# Categories that may use Entra ID for an Azure AI account; others hold the key as text that only their owner may rewrite
SWITCHABLE = frozenset({"aiservices", "azureopenai", "cognitiveservice"})
ENTRA, API_KEY = "AAD", "ApiKey"
_HOST = "host:"
_SUBDOMAIN = re.compile(
    r"([a-z0-9-]+)\.(?:privatelink\.)?(?:cognitiveservices\.azure\.com|openai\.azure\.com|services\.ai\.azure\.com)"
)
_REGION = re.compile(r"([a-z0-9]+)\.api\.cognitive\.microsoft\.com")
# Said by the service, never by a caller, or put in anew
_NOT_KEPT = frozenset({"createdbyworkspacearmid", "group", "error", "pestatus", "credentials", "authtype"})


def uses_key(connection: Connection) -> bool:
    return connection.auth_type.lower() not in KEYLESS


def can_switch(connection: Connection) -> bool:
    return connection.category.lower() in SWITCHABLE and connection.auth_type.lower() == API_KEY.lower()


def _host(target: str) -> str:
    try:
        return (urlsplit(target if "//" in target else f"//{target}").hostname or "").lower()
    except ValueError:
        return ""


def markers_of(connection: Connection) -> tuple[str, ...]:
    """What the connection is filed under: the account its metadata name, the subdomain it calls, or else its region.

    Where metadata and address name different accounts it counts for both: its key is one of theirs.
    """
    named = account_above(connection.resource_id)
    host = _host(connection.target)
    by_host, by_region = _SUBDOMAIN.fullmatch(host), _REGION.fullmatch(host)
    found = [named.key] if named else []
    if by_host:
        found.append(subdomain_marker(by_host[1]))
    elif by_region and not named:
        found.append(region_marker(by_region[1]))
    return tuple(found)


def markers_to(account: Account) -> tuple[str, ...]:
    """What the connections that lead to an account are filed under."""
    return (account.id.key, *([subdomain_marker(account.subdomain)] if account.subdomain else ()))


def leads_to(connection: Connection, account: Account) -> bool:
    """True where the connection's metadata or its address name this account."""
    return not set(markers_of(connection)).isdisjoint(markers_to(account))


def subdomain_marker(subdomain: str) -> str:
    return f"{_HOST}{subdomain.lower()}"


def subdomain_of(marker: str) -> str:
    """The subdomain that a marker is made of, empty for any other marker."""
    return marker.removeprefix(_HOST) if marker.startswith(_HOST) else ""


def region_marker(location: str) -> str:
    return f"{UNPLACED}{location.lower()}"


def links_of(owner: str, principals: tuple[str, ...], connections: Iterable[Connection]) -> tuple[Link, ...]:
    """Everything that one owner adds to the index: its connections, and itself where it is an account's project."""
    found = [Link(marker, owner, each, principals) for each in connections for marker in markers_of(each)]
    account = account_above(owner)
    if account and account.key != owner.lower():
        found.append(Link(account.key, owner, None, principals))
    return tuple(found)


def pointing(links: Iterable[Link], unplaced: Iterable[Link], state: State, account: Account) -> Pointing:
    """What the index says of an account."""
    found = tuple(links)
    connections = {each.connection.id.lower(): each.connection for each in found if each.connection}
    return Pointing(
        connections=tuple(connections[name] for name in sorted(connections)),
        unplaced=tuple(each.connection for each in unplaced if each.connection),
        principals=tuple(sorted({each for link in found for each in link.principals})),
        unread=state.unread,
        read_at=min(state.built.values(), default=None) if account.id.subscription in state.built else None,
    )


def entra_form(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same connection signing in with Entra ID: every property kept but the credentials and what the service says."""
    return {"authType": ENTRA, **_kept(properties)}


def key_form(properties: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The same connection signing in with a key."""
    return {"authType": API_KEY, **_kept(properties), "credentials": {"key": key}}


def _kept(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name.lower() not in _NOT_KEPT and value is not None}
