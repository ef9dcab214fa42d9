"""What the diagnostic settings of an account may name. Azure REST: Diagnostic Settings Category (2021-05-01-preview)."""

from typing import TYPE_CHECKING

from simulator.monitor.setting_routes import bare_errors, extension, resource_of
from simulator.monitor.state import CATEGORIES
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_TYPE = "Microsoft.Insights/diagnosticSettingsCategories"
_ALL = f"/{{scope:path}}/providers/{_TYPE}"
_METRICS = {"AllMetrics": {"categoryType": "Metrics", "categoryGroups": []}}
_LOGS = {name: {"categoryType": "Logs", "categoryGroups": [*groups]} for name, groups in CATEGORIES.items()}
_KNOWN = {**_METRICS, **_LOGS}


@ROUTES.get(_ALL, type=_TYPE, action=f"{_TYPE}/read", scope="/{scope}")
@bare_errors
async def list_categories(azure: "Azure", request: ArmRequest) -> Reply:
    resource = resource_of(azure, request)
    return Reply(body={"value": [_shown(resource, name) for name in _KNOWN]})


@ROUTES.get(_ALL + "/{name}", type=_TYPE, action=f"{_TYPE}/read")
@bare_errors
async def get_category(azure: "Azure", request: ArmRequest) -> Reply:
    resource = resource_of(azure, request)
    found = next((name for name in _KNOWN if name.lower() == request["name"].lower()), None)
    if found is None:
        raise WireFault(404, "ResourceNotFound", f"The diagnostic settings category '{request['name']}' doesn't exist.")
    return Reply(body=_shown(resource, found))


def _shown(resource: str, name: str) -> Json:
    kind = _TYPE.lower()
    return extension(f"{resource}/providers/{kind}/{name}", kind, name, _KNOWN[name])
