"""What the query API answers when it refuses. Azure Monitor: Log Analytics API errors."""

from simulator.monitor.kql.faults import NotUnderstood, QuerySemantics, QuerySyntax
from simulator.sign_in.tokens import TokenRefused
from simulator.wire import Json, WireFault

_INVALID = "The request had some invalid properties"


def unauthenticated(refused: TokenRefused) -> WireFault:
    if refused.reason == "missing":
        return WireFault(401, "AuthorizationRequiredError", "Valid authentication was not provided")
    inner = {
        "expired": ("TokenExpired", "The provided token has expired."),
        "audience": (
            "InvalidTokenAudience",
            f"The token's audience '{refused.detail}' is not valid for this resource.",
        ),
    }.get(refused.reason, ("SignatureVerificationFailed", "Could not validate the request"))
    return WireFault(
        403,
        "InvalidTokenError",
        "The provided authentication is not valid for this resource",
        innererror={"code": inner[0], "message": inner[1]},
    )


def no_access() -> WireFault:
    return WireFault(
        403,
        "InsufficientAccessError",
        "The provided credentials have insufficient access to perform the requested operation",
    )


def not_found() -> WireFault:
    return WireFault(404, "PathNotFoundError", "The requested path does not exist")


def bad_argument(message: str) -> WireFault:
    return WireFault(400, "BadArgumentError", _INVALID, innererror={"code": "BadArgumentError", "message": message})


def of_query(fault: QuerySyntax | QuerySemantics | NotUnderstood) -> WireFault:
    match fault:
        case QuerySyntax():
            inner: Json = {
                "code": "SyntaxError",
                "message": "A recognition error occurred in the query.",
                "innererror": {
                    "code": "SYN0002",
                    "message": str(fault),
                    "line": fault.line,
                    "pos": fault.position,
                    "token": fault.token,
                },
            }
        case QuerySemantics():
            inner = {
                "code": "SemanticError",
                "message": "A semantic error occurred.",
                "innererror": {"code": fault.code, "message": str(fault)},
            }
        case _:
            return WireFault(400, "NotImplemented", str(fault))
    return WireFault(400, "BadArgumentError", _INVALID, innererror=inner)


def truncated(limit: int) -> Json:
    """The error beside the rows of an answer that was cut."""
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [
            {
                "code": "EngineError",
                "message": "Something went wrong processing your query on the server.",
                "innererror": {
                    "code": "-2133196797",
                    "message": f"Query result set has exceeded the internal record count limit {limit}.",
                    "severity": 2,
                    "severityName": "Error",
                },
            }
        ],
    }
