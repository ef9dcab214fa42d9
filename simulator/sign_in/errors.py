"""Entra ID's token errors: the AADSTS codes with their texts, in the envelope that the identity libraries parse.

Microsoft identity platform: "Microsoft Entra authentication and authorization error codes".
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from simulator.wire import Json, WireFault

_CODES: dict[int, tuple[int, str, str]] = {
    16000: (400, "interaction_required", "Either multiple user identities are available for the current request or selected account is not supported for the scenario."),
    50011: (400, "invalid_request", "The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this."),
    50034: (400, "invalid_grant", "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."),
    50049: (400, "invalid_instance", "Unknown or invalid instance."),
    50058: (400, "login_required", "A silent sign-in request was sent but no user is signed in."),
    50105: (400, "invalid_grant", "Your administrator has configured the application {name} ('{app}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."),
    50126: (400, "invalid_grant", "Error validating credentials due to invalid username or password."),
    50147: (400, "invalid_request", "The size of the code challenge parameter is not valid."),
    50194: (400, "invalid_request", "Application '{app}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."),
    54005: (400, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."),
    65001: (400, "invalid_grant", "The user or administrator has not consented to use the application with ID '{app}' named '{name}'. Send an interactive authorization request for this user and resource."),
    65004: (400, "access_denied", "User declined to consent to access the app."),
    70000: (400, "invalid_grant", "Provided grant is invalid or malformed."),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    70007: (400, "invalid_request", "'{mode}' is not a supported value of 'response_mode' when requesting a code."),
    70008: (400, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."),
    70011: (400, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
    90002: (400, "invalid_tenant", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
    90023: (400, "invalid_request", "Unsupported 'prompt' value."),
    90100: (400, "invalid_request", "{parameter} parameter is empty or not valid."),
    500011: (400, "invalid_resource", "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."),
    500112: (400, "invalid_client", "The reply address '{sent}' does not match the reply address '{asked}' provided when requesting Authorization code."),
    500113: (400, "invalid_request", "No reply address is registered for the application."),
    501051: (400, "invalid_grant", "Application '{client}'({name}) is not assigned to a role for the application '{resource}'({resource_name})."),
    501481: (400, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    501491: (400, "invalid_request", "Invalid size of Code_Challenge parameter."),
    650053: (400, "invalid_client", "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor."),
    700016: (400, "unauthorized_client", "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    700025: (401, "invalid_client", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    700054: (400, "unsupported_response_type", "response_type '{kind}' is not enabled for the application."),
    700084: (400, "invalid_grant", "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {since}."),
    900023: (400, "invalid_request", "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{parameter}'."),
    901002: (400, "invalid_request", "The 'resource' request parameter is not supported."),
    1002012: (400, "invalid_scope", "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
    7000215: (401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."),
    7000218: (401, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    9002313: (400, "invalid_grant", "Invalid request. Request is malformed or invalid."),
    9002325: (400, "invalid_request", "Proof Key for Code Exchange is required for cross-origin authorization code redemption."),
    9002326: (400, "invalid_request", "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{origin}'."),
    9002327: (400, "invalid_request", "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."),
    9001023: (400, "invalid_grant", "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."),
}  # fmt: skip


def refused(code: int, *, named: str = "", **details: str) -> WireFault:
    """The fault with this AADSTS code; `details` fill its text, `named` is the OAuth error where it is another than usual."""
    status, usual, text = _CODES[code]
    return WireFault(status, named or usual, f"AADSTS{code}: {text.format(**details)}", aadsts=code)


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
