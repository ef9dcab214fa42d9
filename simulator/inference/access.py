"""Who may call an account's data plane: its network rules, its keys, tokens and roles.

A key comes as `api-key` or `Ocp-Apim-Subscription-Key`, on the version 1 API also as a bearer token. A regional host
belongs to every account of the region: the key tells which one is meant, and tokens are never taken there.
"""

from typing import TYPE_CHECKING

from simulator.inference import errors
from simulator.resource_manager.locations import location_key
from simulator.routing import Route
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.cognitive_services.account import Account

REGIONAL_SUFFIX = ".api.cognitive.microsoft.com"
_DOTS_OF_A_JWT = 2
ANY_AUDIENCE = (errors.COGNITIVE_AUDIENCE, errors.FOUNDRY_AUDIENCE)


def reached(azure: "Azure", call: Call) -> "Account":
    """The account this call reaches, by its host or, at a regional host, by its key; raises where there is none."""
    if call.host.endswith(REGIONAL_SUFFIX):
        return _by_regional_key(azure, call)
    found = azure.cognitive.find_by_host(call.host)
    if found is None:
        raise errors.not_found()
    return found


def admit(azure: "Azure", call: Call, route: Route, account: "Account", scope_suffix: str) -> None:
    """Lets a call that has reached an account pass, or raises what stands in front of it."""
    _check_network(account)
    if key := key_sent(call, route):
        if not azure.cognitive.key_accepted(account, key):
            raise errors.bad_key()
        _check_local_auth(azure, account, route)
        return
    _check_role(azure, account, call, route, scope_suffix)


def identity(azure: "Azure", call: Call, audiences: tuple[str, ...] = ANY_AUDIENCE) -> Identity:
    """Who the bearer token speaks for; raises TokenRefused."""
    return azure.tokens.identity(call.headers.get("Authorization"), audiences)


def key_sent(call: Call, route: Route) -> str:
    """The key this call relies on; empty where it sends none."""
    sent = call.headers.get("api-key") or call.headers.get("Ocp-Apim-Subscription-Key") or ""
    kind, _, token = call.headers.get("Authorization", "").partition(" ")
    is_jwt = token.count(".") == _DOTS_OF_A_JWT
    return token if not sent and route.facts.get("bearer_key") and kind.lower() == "bearer" and not is_jwt else sent


def _by_regional_key(azure: "Azure", call: Call) -> "Account":
    key = call.headers.get("api-key") or call.headers.get("Ocp-Apim-Subscription-Key") or ""
    if not key and "Authorization" in call.headers:
        raise errors.no_subdomain()
    region = call.host.removesuffix(REGIONAL_SUFFIX)
    for account in azure.cognitive.accounts.values():
        in_region = location_key(account.location) == region
        if in_region and not account.work.running(azure.clock.now()) and azure.cognitive.key_accepted(account, key):
            return account
    raise errors.bad_key()


def _check_network(account: "Account") -> None:
    if account.properties.get("publicNetworkAccess") == "Disabled":
        raise errors.public_access_disabled()
    acls = account.properties.get("networkAcls") or {}
    if acls.get("defaultAction") == "Deny":
        raise errors.firewall()


def _check_local_auth(azure: "Azure", account: "Account", route: Route) -> None:
    if not azure.cognitive.key_auth_disabled(account):
        return
    raise errors.bad_key() if route.facts["family"] == "classic" else errors.keys_disabled()


def _check_role(azure: "Azure", account: "Account", call: Call, route: Route, scope_suffix: str) -> None:
    family, data_action = route.facts["family"], route.facts["data_action"]
    audiences = (errors.FOUNDRY_AUDIENCE,) if family == "foundry" else ANY_AUDIENCE
    try:
        who = identity(azure, call, audiences)
    except TokenRefused as refused:
        named = audiences if family == "models" else audiences[:1]
        raise errors.bad_token(named, bare=family in {"openai", "models"}) from refused
    if azure.authorization.allows_data(who.object_id, data_action, account.id + scope_suffix):
        return
    if family in {"openai", "classic"}:
        raise errors.no_access()
    operation = f"{call.method} {route.template.replace('{project}', '{projectName}')}"
    raise errors.lacks_action(403 if family == "foundry" else 401, who.object_id, data_action, operation)
