"""An authorization request, read and checked.

Microsoft identity platform: "OAuth 2.0 authorization code flow", request an authorization code. Where the client or the
redirect URI is wrong nothing may be sent there, and a page says so; every later fault goes back to the client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.directory.registrations import Platform
from simulator.sign_in.clients import ClientApp, client_app, require_own_tenant
from simulator.sign_in.consent import audience_of
from simulator.sign_in.errors import refused
from simulator.sign_in.scopes import every_wanted
from simulator.sign_in.state import Asked

if TYPE_CHECKING:
    from simulator.azure import Azure

_PROMPTS = frozenset({"", "login", "none", "consent", "select_account"})
_MODES = frozenset({"query", "fragment", "form_post"})
_ELSEWHERE = frozenset({"id_token", "token"})
_S256_LENGTH = 43
_PLAIN_LENGTHS = range(43, 129)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, and where an answer may go."""

    client: ClientApp
    redirect: str
    platform: Platform
    mode: str
    state: str | None


def origin_of(azure: "Azure", tenant: str, sent: Mapping[str, str]) -> Origin:
    """The client and the place for answers; raises the faults that a page has to show."""
    client = client_app(azure, _need(sent, "client_id"))
    require_own_tenant(tenant, client)
    if not client.registration.redirects:
        raise refused(500113)
    redirect = _need(sent, "redirect_uri")
    platform = client.registration.platform(redirect)
    if platform is None:
        raise refused(50011, redirect=redirect, app=client.app_id)
    mode = sent.get("response_mode", "")
    return Origin(client, redirect, platform, mode if mode in _MODES else "query", sent.get("state"))


def asked(azure: "Azure", tenant: str, sent: Mapping[str, str], origin: Origin) -> Asked:
    """The whole request; raises the faults that go back to the client."""
    _check_response(sent)
    _check_challenge(sent)
    prompt = sent.get("prompt", "")
    if prompt not in _PROMPTS:
        raise refused(90023)
    scope = _need(sent, "scope")
    for wanted in every_wanted(scope):
        audience_of(azure, origin.client, wanted)
    return Asked(
        tenant=tenant,
        client=origin.client,
        redirect=origin.redirect,
        platform=origin.platform,
        mode=origin.mode,
        scope=scope,
        state=origin.state,
        nonce=sent.get("nonce", ""),
        prompt=prompt,
        hint=sent.get("login_hint", ""),
        challenge=sent.get("code_challenge", ""),
        method=sent.get("code_challenge_method", "plain"),
        client_info=sent.get("client_info") == "1",
    )


def _check_response(sent: Mapping[str, str]) -> None:
    kinds = _need(sent, "response_type").split()
    for each in kinds:
        if each in _ELSEWHERE:
            raise refused(700054, kind=each)
        if each != "code":
            raise refused(90100, parameter="response_type", named="unsupported_response_type")
    mode = sent.get("response_mode", "query")
    if mode not in _MODES:
        raise refused(70007, mode=mode)


def _check_challenge(sent: Mapping[str, str]) -> None:
    challenge, method = sent.get("code_challenge", ""), sent.get("code_challenge_method")
    if method is not None and method not in {"S256", "plain"}:
        raise refused(90100, parameter="code_challenge_method")
    if not challenge:
        if method is not None:
            raise refused(90100, parameter="code_challenge")
        return
    if method == "S256" and len(challenge) != _S256_LENGTH:
        raise refused(501491)
    if method != "S256" and len(challenge) not in _PLAIN_LENGTHS:
        raise refused(50147)


def _need(sent: Mapping[str, str], parameter: str) -> str:
    value = sent.get(parameter, "")
    if not value:
        raise refused(900144, parameter=parameter)
    return value
