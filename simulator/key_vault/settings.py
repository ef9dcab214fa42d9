"""What a caller sets of a vault, checked. Azure REST: Vaults - Create Or Update, Update (2023-07-01)."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.cognitive_services.shapes import TAGS, Choice, cleaned
from simulator.key_vault import vault_errors as errors
from simulator.key_vault.vault import MOST_KEPT
from simulator.resource_manager.location_rules import required_location
from simulator.resource_manager.locations import location_key
from simulator.wire import Json

_NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
_LEAST_KEPT = 7  # days
_BY_ROLES_UNLESS_SAID_SINCE = "2026-02-01"
_PROPERTIES: Json = {
    "tenantId": str,
    "sku": {"family": Choice(("A",)), "name": Choice(("standard", "premium"))},
    "accessPolicies": [{"*": str, "permissions": {"*": [str]}}],
    "enabledForDeployment": bool,
    "enabledForDiskEncryption": bool,
    "enabledForTemplateDeployment": bool,
    "enableSoftDelete": bool,
    "softDeleteRetentionInDays": int,
    "enableRbacAuthorization": bool,
    "enablePurgeProtection": bool,
    "createMode": Choice(("recover", "default")),
    "networkAcls": {
        "bypass": Choice(("AzureServices", "None")),
        "defaultAction": Choice(("Allow", "Deny")),
        "ipRules": [{"value": str}],
        "virtualNetworkRules": [{"id": str, "ignoreMissingVnetServiceEndpoint": bool}],
    },
    "publicNetworkAccess": str,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """`properties` holds what was sent and known, nulls left out."""

    location: str
    tags: dict[str, str] | None
    properties: Json
    recovers: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A PATCH. Tags that are None were not sent, and `properties` holds those alone that were."""

    tags: dict[str, str] | None
    properties: Json


def defaults(tenant: str) -> Json:
    """The properties of a vault of which nothing was said but who may sign in."""
    return {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": tenant,
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": MOST_KEPT,
        "enableRbacAuthorization": True,
        "publicNetworkAccess": "Enabled",
    }


def parsed(body: Json) -> Sent:
    """The body of a PUT; raises the 400s of what is missing or of the wrong type."""
    location = required_location(body.get("location"), errors.RESOURCE_TYPE)
    if not isinstance(body.get("properties"), dict):
        raise errors.bad_request('The parameter "properties" is not specified.')
    properties = cleaned(_PROPERTIES, body["properties"], "properties")
    recovers = properties.pop("createMode", "default") == "recover"
    return Sent(location_key(location), cleaned(TAGS, body.get("tags"), "tags"), properties, recovers)


def parsed_change(body: Json) -> Change:
    """The body of a PATCH; raises the 400s of the wrong type."""
    properties = cleaned(_PROPERTIES, body.get("properties") or {}, "properties")
    properties.pop("createMode", None)
    return Change(cleaned(TAGS, body.get("tags"), "tags"), properties)


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.name_invalid(name)


def complete(sent: Json, before: Json | None, tenant: str, api_version: str) -> Json:
    """The properties of a vault after a write; raises the 400s of what cannot be, or cannot be again.

    Vaults whose access is by access policies are answered 501.
    """
    if missing := [name for name in ("tenantId", "sku") if name not in sent]:
        raise errors.bad_request(f'The parameter "{missing[0]}" is not specified.')
    if set(sent["sku"]) != {"family", "name"}:
        raise errors.bad_request('The parameter "sku" needs "family" and "name".')
    if sent["tenantId"].lower() != tenant:
        raise errors.wrong_tenant(sent["tenantId"], tenant)
    _check_one_way(sent, before or {})
    properties = defaults(tenant) | _kept(before) | sent
    by_roles = before is not None or api_version >= _BY_ROLES_UNLESS_SAID_SINCE
    if not sent.get("enableRbacAuthorization", by_roles):
        raise errors.access_policies()
    return properties


def _kept(before: Json | None) -> Json:
    """What a PUT that is silent about it leaves as it was."""
    once = ("softDeleteRetentionInDays", "enablePurgeProtection", "enableRbacAuthorization")
    return {name: before[name] for name in once if name in before} if before else {}


def _check_one_way(sent: Json, before: Json) -> None:
    for name in ("enableSoftDelete", "enablePurgeProtection"):
        if sent.get(name) is False:
            raise errors.irreversible(name)
    days = sent.get("softDeleteRetentionInDays", MOST_KEPT)
    if not _LEAST_KEPT <= days <= MOST_KEPT:
        raise errors.bad_request('The property "softDeleteRetentionInDays" must be between 7 and 90, both inclusive.')
    _check_unchanged("softDeleteRetentionInDays", sent, before)


def _check_unchanged(name: str, sent: Json, before: Json) -> None:
    had: Any = before.get(name)
    if had is not None and sent.get(name, had) != had:
        raise errors.bad_request(f'The property "{name}" has been set already and it can\'t be modified.')
