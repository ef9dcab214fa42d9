"""What a vault answers when it refuses, in the wording clients search for.

Key Vault REST: "Authentication, requests and responses", "Azure Key Vault REST API error codes", "Key Vault throttling
guidance".
"""

from typing import TYPE_CHECKING

from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, WireFault

if TYPE_CHECKING:
    from simulator.key_vault.vault import Vault

AUDIENCE = "https://vault.azure.net"
_RECOVER_HELP = (
    "If you recently deleted this secret you may be able to recover it using the correct recovery command. For help "
    "resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
)


def unauthorized(refused: TokenRefused, tenant: str) -> WireFault:
    """The challenge: every 401 says where to get a token, and for what."""
    message = {
        "missing": "AKV10000: Request is missing a Bearer or PoP token.",
        "expired": "[TokenExpired] Error validating token: 'S2S12086'.",
        "audience": f"AKV10022: Invalid audience. Expected {AUDIENCE}, found: {refused.detail}.",
        "issuer": f"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{tenant}/, found {refused.detail}.",
        "signature": "AKV10046: Unable to resolve the key used for signature validation.",
        "malformed": "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.",
    }[refused.reason]
    challenge = f'Bearer authorization="https://login.microsoftonline.com/{tenant}", resource="{AUDIENCE}"'
    return WireFault(401, "Unauthorized", message, headers={"WWW-Authenticate": challenge})


def forbidden_by_role(identity: Identity, action: str, resource: str, vault: "Vault") -> WireFault:
    return _forbidden(
        "ForbiddenByRbac",
        "Caller is not authorized to perform action on resource.\r\n"
        "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n"
        f"{_caller(identity)}\r\n"
        f"Action: '{action}'\r\n"
        f"Resource: '{resource.lower()}'\r\n"
        "Assignment: (not found)\r\n"
        "DenyAssignmentId: null\r\n"
        "DecisionReason: 'DeniedWithNoValidRBAC' \r\n"
        f"{_place(vault)}\r\n",
    )


def forbidden_by_connection(identity: Identity, vault: "Vault") -> WireFault:
    return _forbidden(
        "ForbiddenByConnection",
        "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n"
        f"{_caller(identity)}\r\n{_place(vault)}",
    )


def forbidden_by_firewall(identity: Identity, vault: "Vault") -> WireFault:
    return _forbidden(
        "ForbiddenByFirewall",
        "Client address is not authorized and caller is not a trusted service.\r\n"
        f"Client address: 127.0.0.1\r\n{_caller(identity)}\r\n{_place(vault)}",
    )


def purge_protected(vault: "Vault") -> WireFault:
    return WireFault(
        403,
        "Forbidden",
        'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will '
        f"automatically purge it after the retention period has passed.\r\n{_place(vault)}",
    )


def disabled(operation: str) -> WireFault:
    return _forbidden("SecretDisabled", f"Operation {operation} is not allowed on a disabled secret.")


def not_found(name_or_id: str) -> WireFault:
    return WireFault(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name_or_id} was not found in this key vault. {_RECOVER_HELP}",
    )


def deleted_not_found(name: str) -> WireFault:
    return WireFault(404, "SecretNotFound", f"Deleted Secret not found: {name}")


def name_taken_by_deleted(name: str) -> WireFault:
    return _conflict(
        "ObjectIsDeletedButRecoverable",
        f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, "
        "the secret can only be recovered or purged.",
    )


def name_being_deleted(name: str) -> WireFault:
    return _conflict(
        "ObjectIsBeingDeleted", f"Secret {name} is currently being deleted and cannot be re-created; retry later."
    )


def being_deleted() -> WireFault:
    return _conflict("ObjectIsBeingDeleted", "Secret is currently being deleted.")


def being_recovered() -> WireFault:
    return _conflict("ObjectIsBeingRecovered", "Secret is currently being recovered.")


def bad_parameter(message: str) -> WireFault:
    return WireFault(400, "BadParameter", message)


def invalid_property() -> WireFault:
    """The vault never says which property; the two blanks are its own."""
    return bad_parameter("Property  has invalid value\r\n")


def invalid_name(name: str) -> WireFault:
    return bad_parameter(f"The request URI contains an invalid name: {name}")


def throttled(wait: int) -> WireFault:
    return WireFault(
        429,
        "Throttled",
        "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
        headers={"Retry-After": str(wait)},
    )


def not_implemented(call: Call) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")


def _forbidden(inner: str, message: str) -> WireFault:
    return WireFault(403, "Forbidden", message, innererror={"code": inner})


def _conflict(inner: str, message: str) -> WireFault:
    return WireFault(409, "Conflict", message, innererror={"code": inner})


def _caller(identity: Identity) -> str:
    return f"Caller: appid={identity.app_id};oid={identity.object_id};iss=https://sts.windows.net/{identity.tenant}/"


def _place(vault: "Vault") -> str:
    return f"Vault: {vault.name};location={vault.location}"
