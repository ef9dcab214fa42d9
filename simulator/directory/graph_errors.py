"""Microsoft Graph's errors in its envelope, and what it says about a token it does not take.

Microsoft Graph: "Error responses and resource types".
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from simulator.directory.state import GRAPH_APP_ID
from simulator.sign_in.tokens import TokenRefused
from simulator.wire import Json, WireFault

_REFUSED = {
    "missing": "Access token is empty.",
    "malformed": "IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format. (JWS): 'EncodedHeader.EncodedPayload.EncodedSignature'. (JWE): 'EncodedProtectedHeader.EncodedEncryptedKey.EncodedInitializationVector.EncodedCiphertext.EncodedAuthenticationTag'.",
    "expired": "Lifetime validation failed, the token is expired.",
    "audience": "Access token validation failure. Invalid audience.",
    "issuer": "Access token validation failure. Invalid issuer.",
    "signature": "Access token validation failure. Invalid signature.",
}


def envelope(fault: WireFault, headers: Mapping[str, str], now: datetime, request_id: str) -> Json:
    """The error object; `innerError` repeats the ids of the call, its date without a zone."""
    return {
        "error": {
            "code": fault.code,
            "message": fault.message,
            **fault.extra,
            "innerError": {
                "date": f"{now:%Y-%m-%dT%H:%M:%S}",
                "request-id": request_id,
                "client-request-id": headers.get("client-request-id") or request_id,
            },
        }
    }


def unauthenticated(refused: TokenRefused) -> WireFault:
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'client_id="{GRAPH_APP_ID}"'
    )
    return WireFault(
        401, "InvalidAuthenticationToken", _REFUSED[refused.reason], headers={"WWW-Authenticate": challenge}
    )


def denied() -> WireFault:
    return WireFault(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def not_found(sent: str) -> WireFault:
    return WireFault(
        404,
        "Request_ResourceNotFound",
        f"Resource '{sent}' does not exist or one of its queried reference-property objects are not present.",
    )


def bad_request(message: str) -> WireFault:
    """What the directory refuses."""
    return WireFault(400, "Request_BadRequest", message)


def bad_query(message: str) -> WireFault:
    """What the gateway before the directory cannot parse."""
    return WireFault(400, "BadRequest", message)


def unsupported(message: str = "Unsupported Query.") -> WireFault:
    return WireFault(400, "Request_UnsupportedQuery", message)


def needs_eventual_search() -> WireFault:
    return unsupported(
        "Request with $search query parameter only works through MSGraph with a special request header: "
        "'ConsistencyLevel: eventual'"
    )


def needs_advanced(operator: str) -> WireFault:
    return unsupported(
        f"Operator '{operator}' is not supported because the required parameters might be missing. Try adding "
        "$count=true query parameter and ConsistencyLevel:eventual header. Refer to "
        "https://aka.ms/graph-docs/advanced-queries for more information"
    )


def not_implemented(what: str) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not implement {what}.")


def object_id(sent: str) -> str:
    """An object id in lower case; raises Graph's 400 where it is none."""
    try:
        return str(uuid.UUID(sent))
    except ValueError as error:
        raise bad_request(f"Invalid object identifier '{sent}'.") from error
