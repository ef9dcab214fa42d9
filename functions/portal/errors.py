"""Exceptions become HTTP here, all in one shape; nowhere else."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from functions.portal.bodies.common import GUID, ROLE, Detail, ErrorBody, Fault
from shared.errors import (
    DeniedError,
    NotFoundError,
    PermanentError,
    PolicyError,
    SettingsError,
    TemporaryError,
    UnkeyedError,
    without_secrets,
)
from shared.roles import ALIASES

METHOD_NOT_ALLOWED = 405
type MethodsAt = Callable[[Request], Sequence[str]]
type Handler = Callable[[Request, HTTPException], Awaitable[JSONResponse]]
_log = logging.getLogger(f"unkeyed.{__name__}")
_RETRY = 5  # seconds, where whoever asks for patience does not say how much
_PATTERNS = {
    GUID: "is not a GUID, which is what is asked for here",
    ROLE: f"is no role that is known here; use a role's GUID, or one of {', '.join(sorted(ALIASES))}",
}
# Faults of the caller that the domain finds
_OF_THE_CALLER = {
    "CursorInvalid": (404, "cursorUnknown"),
    "IdempotencyKeyReused": (422, "idempotencyKeyReused"),
    "InvalidPrincipalId": (400, "principalUnfit"),
    "NoSubdomain": (409, "noSubdomain"),
    "NoSnippetForKind": (409, "noSnippet"),
    "NoSnippetForClient": (409, "noSnippet"),
    "NotAChatModel": (409, "noSnippet"),
    "NothingToUndo": (400, "nothingToUndo"),
    "WrongClientForModel": (409, "noSnippet"),
}


class ApiError(Exception):
    """An answer of 400 or more, as it is to be given; what looks like a key in its message is not repeated."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fault = Fault(code=code, message=without_secrets(message), target=target, details=list(details))
        self.headers = dict(headers or {})


def handle_errors(app: FastAPI, methods_at: MethodsAt) -> None:
    """Has every error of the application answered in the one shape; `methods_at` says what an address takes."""
    app.exception_handler(ApiError)(_api)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http(methods_at))
    app.exception_handler(UnkeyedError)(_unkeyed)
    app.exception_handler(Exception)(_unforeseen)


def operation_of(request: Request) -> str:
    """The id by which a request is found in the log: the invocation's own."""
    return str(request.scope.get("azure_functions.invocation_id") or "")


def _answer(request: Request, error: ApiError) -> JSONResponse:
    body = ErrorBody(error=error.fault, operation_id=operation_of(request))
    return JSONResponse(body.model_dump(mode="json"), error.status, headers=error.headers)


async def _api(request: Request, error: ApiError) -> JSONResponse:
    return _answer(request, error)


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    details = [_detail(each) for each in error.errors()]
    message = "The request has faults: " + "; ".join(f"{each.target}: {each.message}" for each in details[:5])
    return _answer(request, ApiError(400, "invalidRequest", message[:1000], details=details[:50]))


def _detail(fault: Mapping[str, Any]) -> Detail:
    """One fault, without what was sent: it may hold a key."""
    kind, place = str(fault["type"]), ".".join(str(each) for each in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    if kind == "json_invalid":
        message = "is not JSON"
    elif kind == "extra_forbidden":
        message = "is not known here; leave it out"
    elif kind == "missing":
        message = "is missing"
    elif kind == "string_pattern_mismatch":
        message = _PATTERNS.get(str(fault["ctx"]["pattern"]), message)
    return Detail(code=kind, message=without_secrets(message)[:300], target=without_secrets(place)[:200])


def _http(methods_at: MethodsAt) -> Handler:
    """What Starlette itself says of an address: nothing there, or not by this method."""

    async def handle(request: Request, error: HTTPException) -> JSONResponse:
        texts = {
            400: ("invalidRequest", "The body could not be read; send JSON in UTF-8."),
            404: ("notFound", "There is nothing at this address; /api/docs lists what there is."),
            405: ("methodNotAllowed", f"This address does not take {request.method}; Allow says what it takes."),
        }
        code, message = texts.get(error.status_code, ("refused", str(error.detail)))
        allowed = {"Allow": ", ".join(methods_at(request))} if error.status_code == METHOD_NOT_ALLOWED else {}
        return _answer(
            request, ApiError(error.status_code, code, message, headers={**(error.headers or {}), **allowed})
        )

    return handle


async def _unkeyed(request: Request, error: UnkeyedError) -> JSONResponse:
    _log.warning("a request could not be answered: %s", error)
    return _answer(request, as_answer(error))


def as_answer(error: UnkeyedError) -> ApiError:
    """The answer to what the domain or a service said."""
    match error:
        case TemporaryError():
            wait = max(1, round(error.retry_after.total_seconds())) if error.retry_after else _RETRY
            message = f"A service that this needs did not answer for now: {error} Try again in {wait} s."
            return ApiError(503, "unavailable", message, headers={"Retry-After": str(wait)})
        case NotFoundError():
            return ApiError(404, "notFound", str(error))
        case DeniedError():
            return ApiError(424, "appLacksPermission", f"The app's own identity may not do this: {error}")
        case PermanentError(code=code) if code in _OF_THE_CALLER:
            return ApiError(*_OF_THE_CALLER[code], str(error))
        case PermanentError():
            return ApiError(409, error.code[:1].lower() + error.code[1:], str(error))
        case SettingsError() | PolicyError():
            return ApiError(503, "notSetUp", str(error), headers={"Retry-After": "60"})
        case _:
            return ApiError(500, "internalError", "The request failed; the log has it under this operation id.")


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    _log.exception("a request failed", exc_info=error)
    message = "The request failed for a reason nobody has foreseen; the log has it under this operation id."
    return _answer(request, ApiError(500, "internalError", message))
