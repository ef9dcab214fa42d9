"""The gateway of every AI host: {subdomain}.openai.azure.com, .cognitiveservices.azure.com, .services.ai.azure.com and
{region}.api.cognitive.microsoft.com.

In the gateway's order: path → account and its network → key or token → role → body. A host that no settled account has
would not resolve in Azure; here it answers 404.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.inference import access, chat, embeddings, errors, language, models, request_log
from simulator.inference.request import InferenceRequest
from simulator.resource_manager.locations import REGIONS, location_key
from simulator.routing import Route, Routes
from simulator.sign_in.tokens import TokenRefused
from simulator.wire import Call, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.cognitive_services.account import Account

_HOST = re.compile(
    r"[a-z0-9-]+\.(openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com|api\.cognitive\.microsoft\.com)"
)
# what Azure has behind these hosts and the simulator has not
_ELSEWHERE = re.compile(
    r"""/openai/(v1/)?(assistants|threads|files|uploads|batches|fine_tuning|images|audio|realtime|responses|vector_stores|
        evals|conversations|videos?|completions|containers)(/.*)?
      | /openai/deployments/[^/]+/(completions|audio|images|extensions|responses)(/.*)?
      | /models/(images/)?embeddings | /(language|text|vision|computervision|face|speechtotext|formrecognizer|
        documentintelligence|contentsafety|contentunderstanding|translator|sts|anthropic)/.*
      | /api/projects/[^/]+/.*""",
    re.VERBOSE | re.IGNORECASE,
)


class Inference:
    """The service of the data plane hosts of all accounts."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        tables = (chat.ROUTES, embeddings.ROUTES, models.ROUTES, language.ROUTES)
        self.routes = Routes([route for each in tables for route in each.table])

    def serves(self, host: str) -> bool:
        return _HOST.fullmatch(host) is not None

    def caller(self, call: Call) -> str | None:
        try:
            return access.identity(self.azure, call).object_id
        except TokenRefused:
            return None

    async def answer(self, call: Call) -> Reply:
        try:
            reply = await self._through(call)
        except WireFault as fault:
            reply = self.render(fault, call)
        reply.headers.setdefault("apim-request-id", str(uuid.uuid4()))
        reply.headers.setdefault("x-content-type-options", "nosniff")
        reply.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
        return reply

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        return Reply(fault.status, errors.envelope(fault), {"Content-Type": "application/json", **fault.headers})

    async def _through(self, call: Call) -> Reply:
        route, parts = self._route(call)
        account = access.reached(self.azure, call)
        began = self.azure.clock.now()
        try:
            reply = await self._served(call, route, parts, account)
        except WireFault as fault:
            reply = self.render(fault, call)
        caller = "" if access.key_sent(call, route) else self.caller(call) or ""
        request_log.record(self.azure, call, route, account, reply, began=began, object_id=caller)
        return reply

    async def _served(self, call: Call, route: Route, parts: dict[str, str], account: "Account") -> Reply:
        suffix = f"/projects/{parts['project']}" if "project" in parts else ""
        access.admit(self.azure, call, route, account, suffix)
        request = InferenceRequest(call, parts, account, self.azure.clock.now())
        reply: Reply = await route.handler(self.azure, request)
        reply.headers.setdefault("x-request-id", str(uuid.uuid4()))
        reply.headers.setdefault("x-ms-region", _region(account.location))
        return reply

    def _route(self, call: Call) -> tuple[Route, dict[str, str]]:
        found = self.routes.find(call)
        if found and call.host.partition(".")[2] in found[0].facts["hosts"]:
            return found
        if found is None and _ELSEWHERE.fullmatch(call.path):
            raise WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")
        raise errors.not_found()


def _region(location: str) -> str:
    """The region as the data plane spells it."""
    return REGIONS.get(location_key(location), (location, ""))[0]
