"""Diagnostic settings of accounts. Azure REST: Diagnostic Settings (2021-05-01-preview).

Errors come as the provider sends them, without the envelope of Resource Manager.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from simulator.monitor.state import CATEGORIES, GROUPS, SETTINGS, DiagnosticSetting
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_ALL = "/{scope:path}/providers/Microsoft.Insights/diagnosticSettings"
_ONE = _ALL + "/{name}"
_MOST = 5
_SHARED_KEYS = "Microsoft.OperationalInsights/workspaces/sharedKeys/action"
_SINKS = ("storageAccountId", "serviceBusRuleId", "workspaceId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
_OTHERS = ("eventHubName", "logAnalyticsDestinationType")
_BAD_NAME = frozenset("<>*%&:\\?+/")
type _Handler = Callable[["Azure", ArmRequest], Awaitable[Reply]]


def bare_errors(handler: _Handler) -> _Handler:
    """The handler with the provider's own form of errors."""

    @wraps(handler)
    async def answered(azure: "Azure", request: ArmRequest) -> Reply:
        try:
            return await handler(azure, request)
        except WireFault as fault:
            if fault.status in {403, 501}:  # these are Resource Manager's
                raise
            return Reply(fault.status, {"code": fault.code, "message": fault.message})

    return answered


@ROUTES.get(_ALL, type=SETTINGS, action=f"{SETTINGS}/read", scope="/{scope}")
@bare_errors
async def list_settings(azure: "Azure", request: ArmRequest) -> Reply:
    resource = resource_of(azure, request)
    return Reply(body={"value": [_shown(each) for each in azure.monitor.settings_of(resource)]})


@ROUTES.get(_ONE, type=SETTINGS, action=f"{SETTINGS}/read")
@bare_errors
async def get_setting(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.monitor.settings.get(_key(resource_of(azure, request), request["name"]))
    if found is None:
        raise WireFault(404, "ResourceNotFound", f"The diagnostic setting '{request['name']}' doesn't exist.")
    return Reply(body=_shown(found))


@ROUTES.put(_ONE, type=SETTINGS, action=f"{SETTINGS}/write")
@bare_errors
async def put_setting(azure: "Azure", request: ArmRequest) -> Reply:
    """200 for a new one too. One category of a resource goes to one sink once; a resource has at most five settings."""
    resource, name = resource_of(azure, request), request["name"]
    if set(name) & _BAD_NAME or name.endswith((".", " ")):
        raise _refused(f"The diagnostic setting name '{name}' is not valid.")
    properties = _object(request.json(), "properties")
    _check_members(properties)
    wanted = DiagnosticSetting(resource, name, properties, _entries(properties, "logs"))
    _check_logs(wanted)
    _check_sinks(azure, request, wanted)
    others = [each for each in azure.monitor.settings_of(resource) if each.name.lower() != name.lower()]
    if len(others) >= _MOST:
        raise WireFault(409, "Conflict", f"The maximum number of diagnostic settings ({_MOST}) has been reached.")
    _check_overlap(wanted, others)
    azure.monitor.settings[wanted.id.lower()] = wanted
    return Reply(body=_shown(wanted))


@ROUTES.delete(_ONE, type=SETTINGS, action=f"{SETTINGS}/delete")
@bare_errors
async def delete_setting(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.monitor.settings.pop(_key(resource_of(azure, request), request["name"]), None)
    return Reply(200 if found else 204)


def resource_of(azure: "Azure", request: ArmRequest) -> str:
    """The account whose settings these are; raises 404 where it is not there, 501 for a resource of another type."""
    resource = "/" + request["scope"].strip("/")
    found = azure.cognitive.get(resource)
    if found:
        return found.id
    pieces = resource.split("/")
    if pieces[5:8] and [each.lower() for each in pieces[5:8]] == [
        "providers",
        "microsoft.cognitiveservices",
        "accounts",
    ]:
        raise WireFault(
            404,
            "ResourceNotFound",
            f"The Resource 'Microsoft.CognitiveServices/accounts/{pieces[-1]}' under resource group '{pieces[4]}' was "
            "not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        )
    raise WireFault(501, "NotImplemented", f"The simulator does not implement diagnostic settings of '{resource}'.")


def _key(resource: str, name: str) -> str:
    return f"{resource}/providers/{SETTINGS}/{name}".lower()


def _shown(setting: DiagnosticSetting) -> Json:
    sent = setting.properties
    metrics = [_entry_shown(each) for each in sent.get("metrics") or ()]
    properties = {
        **{name: sent.get(name) for name in (*_SINKS, *_OTHERS)},
        "metrics": metrics,
        "logs": [_entry_shown(each) for each in setting.logs],
    }
    return extension(setting.id, SETTINGS, setting.name, properties)


def extension(resource_id: str, kind: str, name: str, properties: Json) -> Json:
    """What the provider keeps of another's resource, as it shows it: with all that a resource may have, and that this has not."""
    return {
        "id": resource_id,
        "type": kind,
        "name": name,
        "location": None,
        "kind": None,
        "tags": None,
        "properties": properties,
        "identity": None,
    }


def _entry_shown(entry: Json) -> Json:
    retention = entry.get("retentionPolicy") or {"enabled": False, "days": 0}
    return {
        "category": entry.get("category"),
        "categoryGroup": entry.get("categoryGroup"),
        "enabled": entry["enabled"],
        "retentionPolicy": retention,
    }


def _check_members(properties: Json) -> None:
    if unknown := sorted(set(properties) - {*_SINKS, *_OTHERS, "logs", "metrics"}):
        raise _refused(f"Could not find member '{unknown[0]}' on object of type 'ServiceDiagnosticSettings'.")
    for name in (*_SINKS, *_OTHERS):
        if not isinstance(properties.get(name, ""), str | None):
            raise _refused(f"The property '{name}' must be a string.")
    for each in _entries(properties, "metrics"):
        if each.get("category") != "AllMetrics":
            raise _refused(f"Metric category '{each.get('category')}' is not supported.")


def _entries(properties: Json, name: str) -> tuple[Json, ...]:
    """The list of log or metric settings; raises 400 where it is none or one of its items is not well formed."""
    sent = properties.get(name)
    if sent is None:
        return ()
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        raise _refused(f"The property '{name}' must be an array of objects.")
    for each in sent:
        if not isinstance(each.get("enabled"), bool):
            raise _refused(f"Required property 'enabled' not found or no boolean in '{name}'.")
    return tuple(sent)


def _check_logs(wanted: DiagnosticSetting) -> None:
    named = [(each.get("category"), each.get("categoryGroup")) for each in wanted.logs]
    if any(bool(category) == bool(group) for category, group in named):
        raise _refused("Each log setting must name either a category or a category group.")
    if len({bool(category) for category, _ in named}) > 1:
        raise _refused("Log categories and log category groups cannot be used in the same diagnostic setting.")
    for sent, known in ((0, CATEGORIES), (1, GROUPS)):
        allowed = {each.lower() for each in known}
        unknown = [pair[sent] for pair in named if pair[sent] and str(pair[sent]).lower() not in allowed]
        if unknown:
            raise _refused(f"{'Category group' if sent else 'Category'} '{unknown[0]}' is not supported.")
    if not wanted.logs and not wanted.properties.get("metrics"):
        raise _refused("At least one log or metric category must be specified.")


def _check_sinks(azure: "Azure", request: ArmRequest, wanted: DiagnosticSetting) -> None:
    given = [name for name in _SINKS if wanted.properties.get(name)]
    if not given:
        raise _refused("At least one data sink needs to be specified.")
    if given != ["workspaceId"]:
        raise WireFault(501, "NotImplemented", f"The simulator does not implement the data sink '{given[0]}'.")
    found = azure.monitor.workspaces.get(wanted.workspace.lower())
    if found is None:
        raise WireFault(400, "BadRequest", f"Resource '{wanted.workspace}' does not exist.")
    if not azure.authorization.decided(request.identity.object_id, _SHARED_KEYS, found.id).allowed:
        raise WireFault(
            403,
            "LinkedAuthorizationFailed",
            f"The client '{request.identity.name}' with object id '{request.identity.object_id}' has permission to "
            f"perform action '{SETTINGS}/write' on scope '{request.scope}'; however, it does not have permission to "
            f"perform action(s) '{_SHARED_KEYS}' on the linked scope(s) '{found.id}' (respectively) or the linked "
            "scope(s) are invalid.",
        )


def _check_overlap(wanted: DiagnosticSetting, others: list[DiagnosticSetting]) -> None:
    for other in others:
        both = sorted(wanted.categories() & other.categories())
        if both and other.workspace.lower() == wanted.workspace.lower():
            raise WireFault(
                409,
                "Conflict",
                f"Data sink '{wanted.workspace}' is already used in diagnostic setting '{other.name}' for category "
                f"'{both[0]}'. Data sinks can't be reused in different settings on the same category for the same "
                "resource.",
            )


def _object(body: Json, name: str) -> Json:
    value: Any = body.get(name)
    if not isinstance(value, dict):
        raise _refused(f"The property '{name}' is required and must be an object.")
    return value


def _refused(message: str) -> WireFault:
    return WireFault(400, "BadRequest", message)
