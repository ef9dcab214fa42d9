"""Long-running operations as Event Grid's callers see them: `Azure-AsyncOperation` until the status is final.

By the time the caller reads it the work is done: an endpoint's consent is asked for before the first answer, so that a
refusal is the answer itself.
"""

import uuid

from simulator.azure import Azure
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

ROUTES = Routes()
_PATH = "/subscriptions/{subscription}/providers/Microsoft.EventGrid"


def accepted(azure: Azure, request: ArmRequest, body: Json, *, location: str = "", status: int = 201) -> Reply:
    """The answer to a create or update, with the address of its operation."""
    name = str(uuid.uuid4())
    subscription = request.scope.split("/")[2]
    where = f"/locations/{location}" if location else ""
    path = f"/subscriptions/{subscription}/providers/Microsoft.EventGrid{where}/operationsStatus/{name.upper()}"
    url = f"{request.call.scheme_host}{path}?api-version={request.api_version}"
    azure.events.operations[name] = {"id": url, "name": name, "status": "Succeeded"}
    return Reply(status, body, {"Azure-AsyncOperation": url})


@ROUTES.get(_PATH + "/operationsStatus/{operation}", type="Microsoft.EventGrid/operationsStatus")
@ROUTES.get(_PATH + "/locations/{location}/operationsStatus/{operation}", type="Microsoft.EventGrid/operationsStatus")
async def get_operation(azure: Azure, request: ArmRequest) -> Reply:
    found = azure.events.operations.get(request["operation"].lower())
    if found is None:
        raise WireFault(404, "ResourceNotFound", f"The operation '{request['operation']}' could not be found.")
    return Reply(200, found)
