"""The HTTP side as one ASGI application: routes, errors, and the headers that every answer has."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.portal import asking, explaining, page, reading
from functions.portal.bodies.common import ErrorBody
from functions.portal.errors import handle_errors
from functions.portal.paths import fallback, methods_at
from shared.errors import SettingsError
from shared.settings import PUBLIC_SIGN_IN, PortalSettings, Settings

# The framework's spans and records hold query strings and messages of refused bodies, where a caller may have put a key; the
# host tells of each request by its path
_SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_ERRORS: Mapping[int, str] = {
    400: "The request has faults; details name each",
    401: "No valid token; the header WWW-Authenticate says what is wanted",
    403: "The caller lacks the app role",
    404: "There is no such thing, or the app may not see it",
    413: "The body is too large",
    415: "The body is not JSON",
    424: "The app's own identity lacks a permission",
    429: "Too many calls; the header Retry-After says how long to wait",
    503: "Something that this needs does not answer for now; the header Retry-After says how long to wait",
}


def application() -> ASGIApp:
    """The application, with the settings of this process."""
    portal = _settings()
    app = FastAPI(
        telemetry=_SILENT,
        title="unkeyed",
        version="1",
        description="Where a fleet of Azure AI accounts stands on its way from keys to Microsoft Entra ID, and what is asked for on it.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    handle_errors(app, methods_at)
    app.include_router(page.router)
    app.include_router(_api(), prefix="/api", responses=_documented())
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(portal.origins) if portal else [],
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Location", "Retry-After", "WWW-Authenticate"],
        max_age=600,
    )
    return Headers(app, portal.sign_in if portal else PUBLIC_SIGN_IN)


def _settings() -> PortalSettings | None:
    """What of the settings the application itself is made of; their faults are answered to each call."""
    try:
        return Settings.from_environment().portal
    except SettingsError:
        return None


def _api() -> APIRouter:
    api = APIRouter()
    for each in (
        reading.anyone,
        reading.readers,
        asking.readers,
        asking.operators,
        asking.admins,
        explaining.readers,
        fallback,
    ):
        api.include_router(each)
    return api


def _documented() -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody, "description": text} for status, text in _ERRORS.items()}


class Headers:
    """Gives every answer the headers that keep a browser from doing more than is meant."""

    def __init__(self, app: ASGIApp, sign_in: str) -> None:
        self._app = app
        self._policy = page.content_policy(sign_in)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shown = page.is_page(scope.get("path", ""))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Content-Security-Policy"] = (
                    self._policy if shown else "default-src 'none'; frame-ancestors 'none'"
                )
                headers.setdefault("Cache-Control", "no-cache" if shown else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)
