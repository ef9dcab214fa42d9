"""What stands before every route: who calls, how often, with which role, and what of a body is taken at all."""

import math
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from functions.portal.bodies.common import Detail
from functions.portal.callers import Caller, Callers, Role
from functions.portal.errors import ApiError
from shared.errors import without_secrets
from shared.road.services import services
from shared.settings import PortalSettings
from shared.telemetry import log_fields

LARGEST_BODY = 64 * 1024  # bytes
type Handler = Callable[[Request], Coroutine[Any, Any, Response]]
# Says in the OpenAPI document what the guard asks for
BEARER = Security(
    HTTPBearer(
        scheme_name="EntraId",
        bearerFormat="JWT",
        auto_error=False,
        description="An access token of Microsoft Entra ID for the portal's application, with an app role.",
    )
)


class Rate:
    """How often each caller may call, counted in this process; several instances count each for itself."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def take(self, caller: Caller) -> None:
        """Counts one call; raises ApiError 429 with the time to wait where it is one too many."""
        if await self._window.hit(self._limit, caller.id):
            return
        again = (await self._window.get_window_stats(self._limit, caller.id)).reset_time
        wait = max(1, math.ceil(again - datetime.now(UTC).timestamp()))
        message = f"Too many calls: {self._limit.amount} a minute are taken. Try again in {wait} s."
        raise ApiError(429, "tooManyCalls", message, headers={"Retry-After": str(wait)})


class Door:
    """The guard's own state, made at the first request inside the running event loop."""

    def __init__(self, settings: PortalSettings) -> None:
        self.callers = Callers(settings)
        self.rate = Rate(settings.calls_per_minute)


def portal_settings() -> PortalSettings:
    """The portal's settings; raises ApiError 503 where the app is not set up for callers."""
    found = services().settings.portal
    if found is None:
        message = "The app is not set up for callers: set UNKEYED_PORTAL_CLIENT_ID and UNKEYED_PORTAL_TENANT."
        raise ApiError(503, "notSetUp", message, headers={"Retry-After": "60"})
    return found


def open_to(role: Role | None) -> type[APIRoute]:
    """A route for whoever has this role, or for any caller that is told apart where it is None.

    All of it comes before the body is looked at: who may not call learns nothing of what is wrong with it.
    """

    class Guarded(APIRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            says_who = {"x-role": role.short if role else "any caller"}
            super().__init__(path, endpoint, **{**options, "openapi_extra": says_who})

        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()
            takes_body = self.body_field is not None
            fields = get_flat_params(self.dependant)
            known = frozenset(each.alias for each in fields if isinstance(each.field_info, Query))

            async def guarded(request: Request) -> Response:
                caller = await _admitted(request, role)
                if self.include_in_schema:
                    _check_query(request, known)
                await _check_body(request, takes_body=takes_body)
                with log_fields(caller=caller.id):
                    return await handle(request)

            return guarded

    return Guarded


async def _admitted(request: Request, role: Role | None) -> Caller:
    settings = portal_settings()
    state = request.app.state
    if getattr(state, "door", None) is None:
        state.door = Door(settings)
    door: Door = state.door
    caller = await door.callers.of(request)
    await door.rate.take(caller)
    if role and not caller.may(role):
        has = ", ".join(sorted(each.short for each in caller.roles)) or "none"
        message = f"This needs the app role {role}; {caller.name} has {has}. Ask an administrator of the application."
        raise ApiError(403, "forbidden", message)
    request.state.caller = caller
    return caller


def _check_query(request: Request, known: frozenset[str]) -> None:
    """A parameter that is not known is a fault: what was meant by `dryrun` would be done."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        takes = ", ".join(sorted(known)) or "none"
        details = [
            Detail(
                code="extra_forbidden",
                message="is not known here; leave it out",
                target=without_secrets(f"query.{each}")[:200],
            )
            for each in unknown[:20]
        ]
        message = f"The address has parameters that are not known here; it takes {takes}. Case counts."
        raise ApiError(400, "invalidRequest", message, target="query", details=details)


async def _check_body(request: Request, *, takes_body: bool) -> None:
    body = await request.body()
    if len(body) > LARGEST_BODY:
        message = f"The body has {len(body)} bytes; {LARGEST_BODY} are taken. Send less, or in parts."
        raise ApiError(413, "bodyTooLarge", message)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and takes_body and kind != "application/json":
        raise ApiError(415, "contentTypeUnknown", f"The body is '{kind[:80]}'; send application/json.")


async def _caller(request: Request) -> Caller:
    found: Caller = request.state.caller
    return found


type Calling = Annotated[Caller, Depends(_caller)]
