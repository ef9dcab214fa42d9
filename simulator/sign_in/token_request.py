"""What is sent to the token endpoint."""

import base64
from dataclasses import dataclass
from urllib.parse import unquote_plus

from simulator.sign_in.errors import refused
from simulator.wire import Call


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The form of one token call, and where it comes from; `tenant` is the path's, in lower case, `v2` tells the endpoints
    apart."""

    tenant: str
    v2: bool
    form: dict[str, str]
    address: str
    origin: str = ""  # of the page that calls, where a browser does

    @property
    def sends_secret(self) -> bool:
        return bool(self.form.get("client_secret") or self.form.get("client_assertion"))

    def need(self, parameter: str) -> str:
        """A parameter's value; raises AADSTS900144 where it is absent or empty."""
        value = self.form.get(parameter, "")
        if not value:
            raise refused(900144, parameter=parameter)
        return value


def token_request(call: Call, tenant: str, *, v2: bool) -> TokenRequest:
    """Reads the form, with client id and secret from a Basic header where they are there."""
    try:
        form = {**call.form(), **_basic(call.headers.get("Authorization", ""))}
        return TokenRequest(tenant.lower(), v2, form, call.client_address, call.headers.get("Origin", ""))
    except ValueError as error:  # neither UTF-8 nor base64
        raise refused(7000218) from error


def _basic(header: str) -> dict[str, str]:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return {}
    app_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    return {"client_id": unquote_plus(app_id), "client_secret": unquote_plus(secret)}
