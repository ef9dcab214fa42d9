"""A code traded for tokens.

Microsoft identity platform: "OAuth 2.0 authorization code flow", redeem a code for an access token.
"""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from simulator.directory.registrations import Platform
from simulator.sign_in.clients import check_secret, client_app, require_own_tenant
from simulator.sign_in.errors import refused
from simulator.sign_in.origins import require_cross_origin, require_same_origin
from simulator.sign_in.state import Asked, Code
from simulator.sign_in.token_request import TokenRequest
from simulator.sign_in.user_tokens import Grant, user_response
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure


def redeem(azure: "Azure", request: TokenRequest) -> Json:
    """The tokens of a code; raises the AADSTS fault of what is wrong with it, or with who brings it."""
    client = client_app(azure, request.need("client_id"))
    require_own_tenant(request.tenant, client)
    sent, redirect = request.need("code"), request.need("redirect_uri")
    code = azure.sign_in.codes.get(sent)
    if code is None:
        raise refused(9002313)
    if code.asked.client.app_id != client.app_id:
        raise refused(70000)
    _check_use(azure, sent, code)
    if redirect != code.asked.redirect:
        raise refused(500112, sent=redirect, asked=code.asked.redirect)
    _check_bringer(request, code.asked)
    _check_verifier(request, code.asked)
    azure.sign_in.take(sent)
    since = code.signed_in if code.asked.platform == "spa" else None
    user = azure.directory.users.get(code.user)
    if user is None:
        raise refused(70000)
    return user_response(azure, request, Grant(user, client, code.asked.scope, code.asked.nonce, since))


def _check_use(azure: "Azure", sent: str, code: Code) -> None:
    if sent in azure.sign_in.redeemed:
        raise refused(54005)
    if azure.sign_in.is_late(code):
        raise refused(70008)


def _check_bringer(request: TokenRequest, asked: Asked) -> None:
    platform: Platform = asked.platform
    if platform == "spa":
        require_cross_origin(request)
    else:
        require_same_origin(request)
    if platform == "web" and asked.client.principal:
        check_secret(request, asked.client.principal)
    elif request.sends_secret:
        raise refused(700025)


def _check_verifier(request: TokenRequest, asked: Asked) -> None:
    if not asked.challenge:
        if asked.platform == "spa":
            raise refused(9002325)
        return
    verifier = request.form.get("code_verifier", "")
    if asked.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if not hmac.compare_digest(verifier.encode(), asked.challenge.encode()):
        raise refused(501481)
