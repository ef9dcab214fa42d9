"""What a caller sends, checked and cut down to what the api-version knows.

As Azure does: a value of the wrong type is a 400, a property that this api-version does not know is dropped without a
word, read-only properties are ignored.
"""

import re
from dataclasses import dataclass
from typing import Any

from simulator.cognitive_services import catalogue, errors, shapes
from simulator.cognitive_services.catalogue import Kind
from simulator.resource_manager.location_rules import required_location
from simulator.wire import Json, WireFault

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}")
_SUBDOMAIN = re.compile(r"[a-zA-Z0-9-]{1,63}[a-zA-Z0-9]")
_MAX_TAGS = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """A PUT or PATCH of an account. None: not sent. A property that is None was sent as null."""

    kind: str | None
    sku: Json | None
    location: str | None
    tags: dict[str, str] | None
    identity: Json | None
    properties: Json
    restore: bool


def account(body: Json, api_version: str) -> Sent:
    """The definition in a body; raises the 400s of values that do not fit."""
    sent = body.get("properties") or {}
    kept = shapes.cleaned(shapes.PROPERTIES, sent, "properties")
    nulls = {name: None for name, value in sent.items() if value is None and name in shapes.PROPERTIES}
    properties = shapes.known_to(api_version, kept | nulls)
    restore = bool(properties.pop("restore", False))
    return Sent(
        kind=_optional(body, "kind", str),
        sku=_optional(body, "sku", shapes.SKU),
        location=_optional(body, "location", str),
        tags=tags(body),
        identity=_optional(body, "identity", shapes.IDENTITY),
        properties=properties,
        restore=restore,
    )


@dataclass(frozen=True, slots=True)
class SentDeployment:
    sku: Json | None
    tags: dict[str, str] | None
    properties: Json


def deployment(body: Json) -> SentDeployment:
    properties = shapes.cleaned(shapes.DEPLOYMENT, body.get("properties") or {}, "properties")
    return SentDeployment(_optional(body, "sku", shapes.SKU), tags(body), properties)


@dataclass(frozen=True, slots=True)
class SentProject:
    """A PUT or PATCH of a project. None: not sent. A property that is None was sent as null."""

    location: str | None
    tags: dict[str, str] | None
    identity: Json | None
    properties: Json


def project(body: Json) -> SentProject:
    sent = body.get("properties") or {}
    kept = shapes.cleaned(shapes.PROJECT, sent, "properties")
    nulls = {name: None for name, value in sent.items() if value is None and name in shapes.PROJECT}
    return SentProject(
        _optional(body, "location", str), tags(body), _optional(body, "identity", shapes.IDENTITY), kept | nulls
    )


def tags(body: Json) -> dict[str, str] | None:
    """The tags of a body, None where it has none; raises Resource Manager's 400 for too many."""
    sent: dict[str, str] | None = _optional(body, "tags", shapes.TAGS)
    if sent and len(sent) > _MAX_TAGS:
        raise WireFault(400, "InvalidTags", f"The number of tags '{len(sent)}' exceeds the maximum of '{_MAX_TAGS}'.")
    return sent


def _optional(body: Json, name: str, shape: Any) -> Any:
    return shapes.cleaned(shape, body.get(name), name)


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.name_invalid(name)


def require_project_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.project_name_invalid(name)


def require_location(sent: str | None) -> str:
    """The location as sent; raises the 400s of a missing or unknown one."""
    return required_location(sent, errors.RESOURCE_TYPE, catalogue.LOCATIONS)


def require_kind(sent: str | None) -> Kind:
    kind = catalogue.kind_named(sent or "")
    if kind is None:
        raise errors.kind_unavailable(sent or "")
    return kind


def require_sku(sku: Json | None, kind: Kind) -> Json:
    """The SKU to keep; raises the 400s of a missing one and of one this kind does not have."""
    if not sku or not sku.get("name"):
        raise errors.bad_request("Value cannot be null. (Parameter 'sku')")
    if sku["name"] not in kind.skus:
        raise errors.sku_unavailable(sku["name"], kind.name)
    return {"name": sku["name"]}


def subdomain_valid(name: str) -> bool:
    """Letters, digits and hyphens, 2 to 64 characters, no hyphen at the end."""
    return _SUBDOMAIN.fullmatch(name) is not None


def require_consistent(properties: Json, kind: Kind, identity: Json | None) -> None:
    """Raises the 400s of properties that do not go together."""
    subdomain = properties.get("customSubDomainName")
    if subdomain is not None and not subdomain_valid(subdomain):
        raise errors.invalid_properties(f"Sub domain name '{subdomain}' is not valid")
    require_complete_rules(properties.get("networkAcls") or {})
    if _has_network_rules(properties) and not subdomain:
        raise errors.bad_request("A custom subdomain name is required for an account that has network rules.")
    if properties.get("allowProjectManagement"):
        if not kind.projects:
            raise errors.bad_request("Project management is supported by accounts of kind 'AIServices' only.")
        if identity is None:
            raise errors.bad_request(
                "Unsupported configuration. To create projects, you must enable a managed identity on your resource."
            )


def require_complete_rules(rules: Json) -> None:
    """Raises the 400 of a network rule that names nothing."""
    for member, name in (("ipRules", "value"), ("virtualNetworkRules", "id")):
        for each in rules.get(member) or []:
            if not (each or {}).get(name):
                raise errors.bad_request(f"Value cannot be null. (Parameter 'networkAcls.{member}.{name}')")


def _has_network_rules(properties: Json) -> bool:
    rules = properties.get("networkAcls") or {}
    return bool(rules.get("ipRules") or rules.get("virtualNetworkRules"))
