"""The app's settings: one frozen value, read once from a mapping. Nothing else reads the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.errors import SettingsError
from shared.resource_id import ResourceId, ResourceIdError
from shared.roles import is_guid

STORAGE_CONNECTION = "AzureWebJobsStorage"
_CREDENTIALS = ("managed-identity", "azure-cli")
_PARTNER_TOPIC = "microsoft.eventgrid/partnertopics"
PUBLIC_SIGN_IN = "https://login.microsoftonline.com"
_LOOPBACK = "http://127.0.0.1:"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where tables and queues live: a connection string, or two endpoints reached with the app's identity."""

    connection_string: str = ""
    table_endpoint: str = ""
    queue_endpoint: str = ""

    def __repr__(self) -> str:
        where = "connection string" if self.connection_string else self.table_endpoint
        return f"StorageSettings({where})"


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """Whose tokens the HTTP side takes, and from where: an application registration and the tenant it is in."""

    client_id: str
    tenant: str
    sign_in: str = PUBLIC_SIGN_IN
    origins: tuple[str, ...] = ()
    calls_per_minute: int = 300
    believes_platform: bool = False  # that its headers say who is calling


@dataclass(frozen=True, slots=True)
class Settings:
    """What the app is told from outside; docs/settings.md says what each is for."""

    policy: str
    storage: StorageSettings
    credential: str = "managed-identity"
    client_id: str | None = None
    outcome_topic: str | None = None
    group_topic: ResourceId | None = None
    group_topic_location: str = ""
    pass_limit: timedelta = timedelta(seconds=90)
    application_insights: str | None = None
    portal: PortalSettings | None = None

    @classmethod
    def read(cls, source: Mapping[str, str]) -> "Settings":
        """The settings in `source`; raises SettingsError naming every fault."""
        faults: list[str] = []
        settings = cls(
            policy=_policy(source, faults),
            storage=_storage(source, faults),
            credential=_one_of(source, "UNKEYED_CREDENTIAL", _CREDENTIALS, faults),
            client_id=source.get("AZURE_CLIENT_ID") or None,
            outcome_topic=_https(source, "UNKEYED_OUTCOME_TOPIC", faults),
            group_topic=(topic := _partner_topic(source, "UNKEYED_GROUP_TOPIC", faults)),
            group_topic_location=_region(source, "UNKEYED_GROUP_TOPIC_LOCATION", faults, needed=topic is not None),
            pass_limit=_seconds(source, "UNKEYED_PASS_SECONDS", 90, faults, between=(5, 500)),
            application_insights=source.get("APPLICATIONINSIGHTS_CONNECTION_STRING") or None,
            portal=_portal(source, faults),
        )
        if faults:
            raise SettingsError("the app's settings are not complete", faults)
        return settings

    @classmethod
    def from_environment(cls) -> "Settings":
        """The settings of this process; raises SettingsError naming every fault."""
        return cls.read(os.environ)


def _policy(source: Mapping[str, str], faults: list[str]) -> str:
    value = source.get("UNKEYED_POLICY", "").strip()
    if not value:
        faults.append("UNKEYED_POLICY is not set; it takes the path or the https blob URL of the policy file")
    if value.startswith("http://"):
        faults.append("UNKEYED_POLICY is a plain http address; it takes a path or an https blob URL")
    if value.startswith("https://") and "?" in value:
        faults.append("UNKEYED_POLICY carries a query; leave it out, the blob is read with the app's own identity")
    return value


def _one_of(source: Mapping[str, str], name: str, choices: tuple[str, ...], faults: list[str]) -> str:
    value = source.get(name, "").strip() or choices[0]
    if value not in choices:
        faults.append(f"{name} is '{value}'; it takes one of {', '.join(choices)}")
    return value


def _https(source: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    value = source.get(name, "").strip()
    if value and not value.startswith("https://"):
        faults.append(f"{name} is '{value}'; it takes an https address")
    return value or None


def _partner_topic(source: Mapping[str, str], name: str, faults: list[str]) -> ResourceId | None:
    value = source.get(name, "").strip()
    try:
        found = ResourceId.parse(value) if value else None
    except ResourceIdError:
        found = None
    if value and (found is None or found.type != _PARTNER_TOPIC):
        faults.append(
            f"{name} is '{value}'; it takes the resource id of a partner topic, /subscriptions/<id>/resourceGroups/<name>"
            "/providers/Microsoft.EventGrid/partnerTopics/<name>"
        )
    return found


def _region(source: Mapping[str, str], name: str, faults: list[str], *, needed: bool) -> str:
    value = source.get(name, "").strip()
    if needed and not value:
        faults.append(f"{name} is not set; it takes the name of the partner topic's region, as in westeurope")
    if value and not re.fullmatch(r"[a-z0-9]+", value):
        faults.append(f"{name} is '{value}'; it takes the name of a region as in westeurope, not West Europe")
    return value


def _portal(source: Mapping[str, str], faults: list[str]) -> PortalSettings | None:
    """The portal's settings; None where none of them is set, and nobody can call."""
    if not any(source.get(name, "").strip() for name in ("UNKEYED_PORTAL_CLIENT_ID", "UNKEYED_PORTAL_TENANT")):
        return None
    return PortalSettings(
        client_id=_guid(source, "UNKEYED_PORTAL_CLIENT_ID", "the client id of the portal's application", faults),
        tenant=_guid(source, "UNKEYED_PORTAL_TENANT", "the id of the tenant whose users may sign in", faults),
        sign_in=_sign_in(source, "UNKEYED_PORTAL_SIGN_IN", faults),
        origins=_origins(source, "UNKEYED_PORTAL_ORIGINS", faults),
        calls_per_minute=_number(source, "UNKEYED_PORTAL_CALLS_PER_MINUTE", 300, faults, between=(10, 100_000)),
        believes_platform=_believes_platform(source),
    )


def _believes_platform(source: Mapping[str, str]) -> bool:
    """True where App Service says that it signs callers in, and is a plan that then takes forged headers away.

    App Service: "Work with user identities". Flex Consumption is not known to do so, whatever the setting says.
    """
    is_on = source.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true"
    return is_on and source.get("WEBSITE_SKU", "").strip().lower() != "flexconsumption"


def _guid(source: Mapping[str, str], name: str, what: str, faults: list[str]) -> str:
    value = source.get(name, "").strip().lower()
    if not is_guid(value):
        faults.append(
            f"{name} is '{value}'; it takes {what}, a GUID" if value else f"{name} is not set; it takes {what}"
        )
    return value


def _sign_in(source: Mapping[str, str], name: str, faults: list[str]) -> str:
    value = source.get(name, "").strip().rstrip("/") or PUBLIC_SIGN_IN
    if not value.startswith(("https://", _LOOPBACK)):
        faults.append(f"{name} is '{value}'; it takes the https address of Entra ID's sign-in, as in {PUBLIC_SIGN_IN}")
    return value


def _origins(source: Mapping[str, str], name: str, faults: list[str]) -> tuple[str, ...]:
    found = tuple(each.strip() for each in source.get(name, "").split(",") if each.strip())
    wrong = [each for each in found if not re.fullmatch(r"https://[^/*\s]+|http://127\.0\.0\.1(:\d+)?", each)]
    faults.extend(
        f"{name} names '{each}'; it takes origins such as https://portal.contoso.com, no path and no star, commas between"
        for each in wrong
    )
    return found


def _number(
    source: Mapping[str, str],
    name: str,
    default: int,
    faults: list[str],
    *,
    between: tuple[int, int],
    what: str = "a whole number",
) -> int:
    text = source.get(name, "").strip() or str(default)
    low, high = between
    if not text.isdigit() or not low <= int(text) <= high:
        faults.append(f"{name} is '{text}'; it takes {what} between {low} and {high}")
        return default
    return int(text)


def _seconds(
    source: Mapping[str, str], name: str, default: int, faults: list[str], *, between: tuple[int, int]
) -> timedelta:
    return timedelta(seconds=_number(source, name, default, faults, between=between, what="whole seconds"))


def _storage(source: Mapping[str, str], faults: list[str]) -> StorageSettings:
    if connection := source.get(STORAGE_CONNECTION, "").strip():
        return StorageSettings(connection_string=connection)
    account = source.get(f"{STORAGE_CONNECTION}__accountName", "").strip()
    if account and not re.fullmatch(r"[a-z0-9]{3,24}", account):
        faults.append(f"{STORAGE_CONNECTION}__accountName is '{account}', which is not the name of a storage account")

    def endpoint(service: str) -> str:
        given = source.get(f"{STORAGE_CONNECTION}__{service}ServiceUri", "").strip()
        return given or (f"https://{account}.{service}.core.windows.net" if account else "")

    return _complete(endpoint, faults)


def _complete(endpoint: Callable[[str], str], faults: list[str]) -> StorageSettings:
    tables, queues = endpoint("table"), endpoint("queue")
    if not tables or not queues:
        faults.append(
            f"{STORAGE_CONNECTION} is not set; set {STORAGE_CONNECTION}__accountName to the storage account's name "
            f"(or __tableServiceUri and __queueServiceUri), or {STORAGE_CONNECTION} to a connection string"
        )
    return StorageSettings(table_endpoint=tables, queue_endpoint=queues)
