"""Entra ID's token errors: the AADSTS codes with their texts, in the envelope that the identity libraries parse.

Microsoft identity platform: "Microsoft Entra authentication and authorization error codes".
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from simulator.wire import Json, WireFault

_CODES: dict[int, tuple[int, str, str]] = {
    50034: (400, "invalid_grant", "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."),
    50049: (400, "invalid_instance", "Unknown or invalid instance."),
    50126: (400, "invalid_grant", "Error validating credentials due to invalid username or password."),
    50194: (400, "invalid_request", "Application '{app}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    70011: (400, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
    90002: (400, "invalid_tenant", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
    500011: (400, "invalid_resource", "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."),
    700016: (400, "unauthorized_client", "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    900023: (400, "invalid_request", "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{parameter}'."),
    901002: (400, "invalid_request", "The 'resource' request parameter is not supported."),
    1002012: (400, "invalid_scope", "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
    7000215: (401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."),
    7000218: (401, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    9002313: (400, "invalid_grant", "Invalid request. Request is malformed or invalid."),
    9001023: (400, "invalid_grant", "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."),
}  # fmt: skip


def refused(code: int, **details: str) -> WireFault:
    """The fault with this AADSTS code; `details` fill its text."""
    status, name, text = _CODES[code]
    return WireFault(status, name, f"AADSTS{code}: {text.format(**details)}", aadsts=code)


def envelope(fault: WireFault, headers: Mapping[str, str], now: datetime) -> Json:
    """The body of a token error; the correlation id is the client's own where it sent one."""
    code = fault.extra.get("aadsts")
    trace = str(uuid.uuid4())
    correlation = headers.get("client-request-id") or str(uuid.uuid4())
    timestamp = f"{now:%Y-%m-%d %H:%M:%S}Z"
    body: Json = {
        "error": fault.code,
        "error_description": f"{fault.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
        "error_codes": [code] if code else [],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    if code:
        body["error_uri"] = f"https://login.microsoftonline.com/error?code={code}"
    return body
