"""From where tokens may be fetched, and what a browser is told about it.

Microsoft identity platform: "OAuth 2.0 authorization code flow", redirect URIs for single-page apps: their tokens are
redeemed across origins and nobody else's are.
"""

from typing import TYPE_CHECKING

from simulator.sign_in.errors import refused
from simulator.sign_in.token_request import TokenRequest
from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

_EXPOSED = "Content-Length,Content-Encoding,x-ms-request-id,x-ms-srs"


def require_cross_origin(request: TokenRequest) -> None:
    """Raises AADSTS9002327 where a single-page application's token is asked for by no browser."""
    if not request.origin:
        raise refused(9002327)


def require_same_origin(request: TokenRequest) -> None:
    """Raises AADSTS9002326 where a browser asks for what is not a single-page application's."""
    if request.origin:
        raise refused(9002326, origin=request.origin)


def open_to_all(reply: Reply) -> None:
    """Lets any page read the answer: discovery and keys."""
    reply.headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, OPTIONS"}


def open_to_its_pages(azure: "Azure", call: Call, reply: Reply) -> None:
    """Lets the pages of a single-page application read the answer to a call for its tokens."""
    origin = call.headers.get("Origin", "")
    reply.headers["Vary"] = "Origin"
    if origin and origin in _origins(azure, call):
        reply.headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


def preflight(call: Call, methods: str) -> Reply:
    """The answer to a browser that asks before it calls, when it does not yet say for which application."""
    return Reply(
        200,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": call.headers.get("Access-Control-Request-Headers", "Content-Type"),
            "Access-Control-Max-Age": "86400",
        },
    )


def _origins(azure: "Azure", call: Call) -> set[str]:
    try:
        client = azure.directory.by_app_id(call.form().get("client_id", ""))
    except ValueError:  # not UTF-8
        return set()
    return client.registration.origins() if client else set()
