"""What the gateway writes down of a call that reached an account."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.monitor.diagnostics import Served
from simulator.routing import Route
from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.cognitive_services.account import Account

_API_NAMES = {
    "openai": "Azure OpenAI API version",
    "foundry": "Azure OpenAI API version",
    "models": "Azure AI Model Inference API version",
    "classic": "Language API version",
}
_NOT_SIMULATED = 501


def record(
    azure: "Azure", call: Call, route: Route, account: "Account", reply: Reply, *, began: datetime, object_id: str
) -> None:
    """Gives the call to the account's request logs; its id there is the answer's `apim-request-id`."""
    correlation = reply.headers.setdefault("apim-request-id", str(uuid.uuid4()))
    if reply.status == _NOT_SIMULATED:
        return
    version = call.query.get("api-version", "v1")
    azure.monitor.record(
        Served(
            account,
            route.facts.get("operation", route.handler.__name__),
            f"{_API_NAMES[route.facts['family']]} {version}",
            reply.status,
            began,
            azure.clock.now(),
            object_id,
            call.client_address,
            sent=len(call.content),
            answered=len(reply.content()),
            deployment=account.deployments.get(reply.headers.get("x-ms-deployment-name", "").lower()),
            streamed=reply.content_type().startswith("text/event-stream"),
            correlation=correlation,
        )
    )
