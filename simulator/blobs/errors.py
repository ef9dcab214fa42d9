"""Azure Storage's errors: a code in a header, and in XML with the id and time of the call.

Azure Storage REST: "Status and error codes", "Blob Storage error codes", "Authorize with Microsoft Entra ID".
"""

import uuid
from datetime import datetime
from xml.sax.saxutils import escape

from simulator.wire import Call, Reply, WireFault

_TEXTS = {
    "AuthenticationFailed": (403, "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."),
    "AuthorizationPermissionMismatch": (403, "This request is not authorized to perform this operation using this permission."),
    "BlobAlreadyExists": (409, "The specified blob already exists."),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "ConditionNotMet": (412, "The condition specified using HTTP conditional header(s) is not met."),
    "ContainerNotFound": (404, "The specified container does not exist."),
    "InvalidAuthenticationInfo": (401, "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."),
    "InvalidHeaderValue": (400, "The value for one of the HTTP headers is not in the correct format."),
    "InvalidQueryParameterValue": (400, "Value for one of the query parameters specified in the request URI is invalid."),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
    "KeyBasedAuthenticationNotPermitted": (403, "Key based authentication is not permitted on this storage account."),
    "MissingRequiredHeader": (400, "An HTTP header that's mandatory for this request is not specified."),
    "NoAuthenticationInformation": (401, "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."),
    "ResourceNotFound": (404, "The specified resource does not exist."),
}  # fmt: skip


def refused(code: str, *, status: int = 0, headers: dict[str, str] | None = None, **details: str) -> WireFault:
    """The fault with this code; `details` become elements beside it, as `HeaderName` does."""
    usual, message = _TEXTS[code]
    return WireFault(status or usual, code, message, headers=headers, **details)


def not_implemented(call: Call) -> WireFault:
    named = f"{call.method} {call.path}?{'&'.join(f'{name}={value}' for name, value in call.query.items())}"
    return WireFault(501, "NotImplemented", f"The simulator does not implement {named}.")


def rendered(fault: WireFault, call: Call, now: datetime) -> Reply:
    """The answer to a call that failed; a 304 and an answer to HEAD have no body."""
    headers = {"x-ms-error-code": fault.code, **fault.headers}
    if call.method == "HEAD" or fault.status == 304:
        return Reply(fault.status, None, headers)
    message = f"{fault.message}\nRequestId:{uuid.uuid4()}\nTime:{now:%Y-%m-%dT%H:%M:%S}.0000000Z"
    more = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fault.extra.items())
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{fault.code}</Code><Message>{escape(message)}</Message>{more}</Error>'
    return Reply(fault.status, b"\xef\xbb\xbf" + xml.encode(), {"Content-Type": "application/xml", **headers})
