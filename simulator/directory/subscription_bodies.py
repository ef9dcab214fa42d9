"""What a Microsoft Graph subscription asks for, read from its body; refused as Microsoft Graph refuses it.

Microsoft Graph REST v1.0: "subscription resource type" (lifetimes, lengths, change types), "Create subscription" and
"Update subscription"; the form of the address is told in "Receive Microsoft Graph API change events through Azure Event
Grid".
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from simulator.directory.graph_errors import not_implemented
from simulator.wire import Json, WireFault

_MOST_MINUTES = 41_760
_MOST_STATE = 128
_REQUIRED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
_TEXTS = (*_REQUIRED, "lifecycleNotificationUrl", "clientState", "latestSupportedTlsVersion")
_NOT_YET = ("encryptionCertificate", "encryptionCertificateId", "notificationQueryOptions", "notificationUrlAppId")
_KNOWN = frozenset({*_TEXTS, *_NOT_YET, "includeResourceData", "id", "applicationId", "creatorId"})
_CHANGES = frozenset({"created", "updated", "deleted"})
_TLS = frozenset({"v1_0", "v1_1", "v1_2", "v1_3"})
_ADDRESS = re.compile(r"EventGrid:/?\?(.+)", re.IGNORECASE)
_PARTS = ("azuresubscriptionid", "resourcegroup", "partnertopic", "location")
_TOPIC_NAME = re.compile(r"[A-Za-z0-9-]{3,64}")
_GROUPS = re.compile(r"/?groups(?:/([0-9a-f-]{36})(/members)?)?/?", re.IGNORECASE)
# resources that can be subscribed to in Azure and not here
_ELSEWHERE = re.compile(
    r"/?(me|users|chats|teams|communications|drives|sites|security|print|directoryObjects|groups|appCatalogs|copilot)\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """The partner topic that a notificationUrl names; `location` is the name of a region."""

    subscription: str
    group: str
    topic: str
    location: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """`group` is the id in the resource, None where that is all groups."""

    resource: str
    group: str | None
    members_only: bool
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    address: Address
    tls: str


def invalid(message: str) -> WireFault:
    return WireFault(400, "InvalidRequest", message)


def extension_error(status: int, name: str, reason: str) -> WireFault:
    """What the service behind a subscription refused."""
    return WireFault(status, "ExtensionError", f"Operation: Create; Exception: [Status Code: {name}; Reason: {reason}]")


def created(body: Json, now: datetime) -> Wanted:
    """What the body of a creation asks for; raises Graph's 400 for what does not fit, 501 for what is not simulated."""
    _check_names(body)
    for name in _REQUIRED:
        if not body.get(name):
            raise invalid(f"{name} is a required property for subscription creation")
    group, members_only = _resource(body["resource"])
    address = _address(body["notificationUrl"], "notificationUrl")
    lifecycle, state = body.get("lifecycleNotificationUrl"), body.get("clientState")
    if lifecycle and _address(lifecycle, "lifecycleNotificationUrl") != address:
        raise invalid("The lifecycleNotificationUrl must name the same partner topic as the notificationUrl.")
    if state and len(state) > _MOST_STATE:
        raise invalid(f"The value of 'clientState' exceeds the maximum length of {_MOST_STATE} characters.")
    return Wanted(
        resource=body["resource"],
        group=group,
        members_only=members_only,
        change_type=_change_type(body["changeType"]),
        notification_url=body["notificationUrl"],
        lifecycle_url=lifecycle,
        client_state=state,
        expires=expiration(body["expirationDateTime"], now),
        address=address,
        tls=_tls(body.get("latestSupportedTlsVersion") or "v1_2"),
    )


def changed(body: Json, now: datetime, notification_url: str) -> datetime | None:
    """The new end that the body of an update asks for, None where it asks for none; raises Graph's 400."""
    _check_names(body)
    if not (body.get("expirationDateTime") or body.get("notificationUrl")):
        raise invalid(
            "Subscription must contain either the 'expirationDateTime' or 'notificationUrl' property and its value."
        )
    for name in body:
        if name not in ("expirationDateTime", "notificationUrl") and not name.startswith("@"):
            raise invalid(f"The property '{name}' of a subscription cannot be updated.")
    if "notificationUrl" in body and body["notificationUrl"] != notification_url:
        raise invalid("The partner topic in the notificationUrl of a subscription cannot be changed.")
    return expiration(body["expirationDateTime"], now) if "expirationDateTime" in body else None


def expiration(sent: Any, now: datetime) -> datetime:
    """The end of a subscription in UTC; raises Graph's 400 for what is no time, past, or too far ahead."""
    try:
        moment = datetime.fromisoformat(sent)
    except (TypeError, ValueError) as error:
        raise _unreadable() from error
    if moment.tzinfo is None:
        raise _unreadable()
    if moment <= now:
        raise invalid("Subscription expiration must be in the future.")
    if moment > now + timedelta(minutes=_MOST_MINUTES):
        raise WireFault(
            400, "ExtensionError", f"Subscription expiration can only be {_MOST_MINUTES} minutes in the future."
        )
    return moment.astimezone(UTC)


def _unreadable() -> WireFault:
    return invalid(
        "Could not process subscription creation payload. Are all property names spelled and camelCased properly? "
        "Also are the dateTimeOffset properties in a valid internet Date and Time format?"
    )


def _check_names(body: Json) -> None:
    for name, value in body.items():
        if name not in _KNOWN and not name.startswith("@"):
            raise _unreadable()
        if name in _TEXTS and not isinstance(value, str | None):
            raise _unreadable()
    for name in _NOT_YET:
        if body.get(name):
            raise not_implemented(f"'{name}' of subscriptions")
    if body.get("includeResourceData"):
        raise extension_error(400, "BadRequest", "Resource data is not supported for notifications of this resource.")


def _resource(sent: str) -> tuple[str | None, bool]:
    match = _GROUPS.fullmatch(sent)
    if match:
        return match[1] and match[1].lower(), match[2] is not None
    if _ELSEWHERE.fullmatch(sent):
        raise not_implemented(f"subscriptions to '{sent}'")
    raise extension_error(400, "BadRequest", "Unsupported workload.")


def _change_type(sent: str) -> str:
    types = {each.strip().lower() for each in sent.split(",")}
    if not types <= _CHANGES:
        raise invalid(f"The changeType '{sent}' is invalid. Allowed values are: created, updated, deleted.")
    if types == {"created"}:  # a new group is told of as updated
        raise extension_error(400, "BadRequest", "The changeType 'created' is not supported for this resource.")
    return sent


def _address(sent: str, name: str) -> Address:
    match = _ADDRESS.fullmatch(sent)
    if match is None:
        if re.match(r"https://|EventHub:", sent, re.IGNORECASE):
            raise not_implemented("subscriptions that are not delivered through Event Grid")
        raise invalid(f"The {name} '{sent}' is not a valid HTTPS, EventHub or EventGrid address.")
    parts = {key.lower(): value for key, value in parse_qsl(match[1])}
    for part in _PARTS:
        if not parts.get(part):
            raise invalid(f"The {name} has no '{part}'.")
    if not _TOPIC_NAME.fullmatch(parts["partnertopic"]):
        raise invalid(f"The partner topic name '{parts['partnertopic']}' in the {name} is invalid.")
    return Address(*(parts[part] for part in _PARTS))


def _tls(sent: str) -> str:
    if sent.lower() not in _TLS:
        raise invalid(f"The latestSupportedTlsVersion '{sent}' is invalid.")
    return sent.lower()
