"""What the AI gateway answers when it refuses, in the wording clients search for.

Azure AI services: "Authenticate requests", "Disable local authentication"; Azure OpenAI REST reference, errors.
"""

from simulator.wire import Json, WireFault

COGNITIVE_AUDIENCE = "https://cognitiveservices.azure.com"
FOUNDRY_AUDIENCE = "https://ai.azure.com"
_GRANT_HELP = "For instructions on granting the necessary permissions, see https://aka.ms/FoundryPermissions."


def bad_key() -> WireFault:
    return WireFault(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
    )


def keys_disabled() -> WireFault:
    return WireFault(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.")


def bad_token(audiences: tuple[str, ...], *, bare: bool) -> WireFault:
    """`bare`: the gateway in front of models answers without an error object."""
    named = " or ".join(audiences)
    return WireFault(
        401,
        "401",
        f"Unauthorized. Access token is missing, invalid, audience is incorrect ({named}), or have expired.",
        bare=bare,
    )


def no_subdomain() -> WireFault:
    return WireFault(
        400, "BadRequest", "Please provide a custom subdomain for token authentication, otherwise API key is required."
    )


def no_access() -> WireFault:
    return WireFault(401, "PermissionDenied", "Principal does not have access to API/Operation.")


def lacks_action(status: int, principal: str, data_action: str, operation: str) -> WireFault:
    return WireFault(
        status,
        "PermissionDenied",
        f"The principal `{principal}` lacks the required data action `{data_action}` to perform `{operation}` "
        f"operation. {_GRANT_HELP}",
    )


def public_access_disabled() -> WireFault:
    return WireFault(403, "403", "Public access is disabled. Please configure private endpoint.")


def firewall() -> WireFault:
    return WireFault(403, "403", "Access denied due to Virtual Network/Firewall rules.")


def not_found() -> WireFault:
    return WireFault(404, "404", "Resource not found")


def deployment_not_found() -> WireFault:
    return WireFault(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 "
        "minutes, please wait a moment and try again.",
    )


def unsupported_version() -> WireFault:
    return WireFault(400, "BadRequest", "API version not supported")


def no_model_name() -> WireFault:
    return WireFault(
        400,
        "no_model_name",
        "No model specified in request. Please provide a model name in the request body or as a "
        "x-ms-model-mesh-model-name header.",
    )


def wrong_model(operation: str, model: str) -> WireFault:
    return WireFault(
        400,
        "OperationNotSupported",
        f"The {operation} operation does not work with the specified model, {model}. Please choose different model and "
        "try again. You can learn more about which models can be used with each operation here: "
        "https://go.microsoft.com/fwlink/?linkid=2197993.",
    )


def invalid(message: str, *, param: str | None, code: str | None = None) -> WireFault:
    """A body the model's API does not take."""
    return WireFault(400, code or "", message, type="invalid_request_error", param=param, code_is_null=code is None)


def envelope(fault: WireFault) -> Json:
    extra = dict(fault.extra)
    if extra.pop("bare", False):
        return {"statusCode": fault.status, "message": fault.message}
    code = None if extra.pop("code_is_null", False) else fault.code
    return {"error": {"code": code, "message": fault.message, **extra}}
