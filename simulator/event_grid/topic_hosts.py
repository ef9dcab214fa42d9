"""The hosts of custom topics: `{topic}.{region}-1.eventgrid.azure.net`.

Rests on "Authenticate publishing clients by using Microsoft Entra ID" and "Azure REST: Publish Events".
"""

import uuid
from typing import TYPE_CHECKING

from simulator.event_grid import envelopes
from simulator.event_grid.topics import Topic, is_topic_host
from simulator.sign_in.tokens import TokenRefused
from simulator.wire import Call, Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

AUDIENCES = ("https://eventgrid.azure.net",)
API_VERSION = "2018-01-01"
SEND = "Microsoft.EventGrid/events/send/action"


class TopicHosts:
    """The service of the custom topics' hosts."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure

    def serves(self, host: str) -> bool:
        return is_topic_host(host)

    def caller(self, call: Call) -> str | None:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES).object_id
        except TokenRefused:
            return None

    async def answer(self, call: Call) -> Reply:
        """200 with no body once every event is taken; the whole call is refused for one that is malformed."""
        try:
            topic = self._topic(call)
            self._authorize(call, topic)
            for event in envelopes.published(call, topic):
                self.azure.events.receive(topic, event)
        except WireFault as fault:
            return self.render(fault, call)
        return Reply(200, headers={"x-ms-request-id": str(uuid.uuid4()), "api-supported-versions": API_VERSION})

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        request_id, now = str(uuid.uuid4()), self.azure.clock.now()
        report = (
            f" Report '{request_id}:0:{now:%-m/%-d/%Y %-I:%M:%S %p} (UTC)' to our forums for assistance or raise a "
            "support ticket."
        )
        message = fault.message if fault.status >= 413 else fault.message + report  # those carry none
        detail: Json = {"code": fault.extra.get("detail", fault.code), "message": message}
        body: Json = {"error": {"code": fault.code, "message": message, "details": [detail]}}
        return Reply(fault.status, body, {"x-ms-request-id": request_id, **fault.headers})

    def _topic(self, call: Call) -> Topic:
        topic = next((each for each in self.azure.events.topics.values() if each.host == call.host), None)
        if topic is None or call.path.rstrip("/").lower() != "/api/events":
            raise WireFault(404, "NotFound", f"The specified path '{call.path}' does not exist on '{call.host}'.")
        if call.method != "POST":
            raise WireFault(
                405,
                "MethodNotAllowed",
                f"The method '{call.method}' is not allowed.",
                headers={"Allow": "OPTIONS, POST"},
            )
        sent = call.query.get("api-version", "")
        if sent != API_VERSION:
            raise WireFault(
                400,
                "BadRequest",
                f"The specified api-version '{sent}' is not supported. The supported versions are '{API_VERSION}'.",
                detail="UnsupportedApiVersion",
            )
        return topic

    def _authorize(self, call: Call, topic: Topic) -> None:
        key = call.headers.get("aeg-sas-key")
        if key is not None:
            if not (topic.local_auth and topic.accepts_key(key)):
                raise _unauthorized(f"The request authorization key is not authorized for {topic.host.upper()}.")
            return
        if "aeg-sas-token" in call.headers:
            raise WireFault(
                501, "NotImplemented", "The simulator does not implement shared access signatures of topics."
            )
        try:
            identity = self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES)
        except TokenRefused as refused:
            raise _token_refused(refused) from refused
        if not self.azure.authorization.allows_data(identity.object_id, SEND, topic.id):
            raise _unauthorized(
                "The principal associated with access token presented with the incoming request does not have "
                f"permission to send data to {topic.id}."
            )


def _token_refused(refused: TokenRefused) -> WireFault:
    if refused.reason == "missing":
        return _unauthorized(
            "Request must contain one of the following authorization signature: aeg-sas-token, aeg-sas-key."
        )
    return _unauthorized("Unable to read access token.")


def _unauthorized(message: str) -> WireFault:
    return WireFault(401, "Unauthorized", message)
