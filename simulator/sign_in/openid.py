"""Documents that identity libraries read before they ask for a token: discovery, keys, instances, user realms."""

from simulator.wire import Json

LOGIN = "https://login.microsoftonline.com"
LOGIN_HOSTS = ("login.microsoftonline.com", "login.windows.net", "sts.windows.net")


def configuration(tenant: str, *, issuer_tenant: str, version: str) -> Json:
    """OpenID Connect discovery of `tenant` as it was named in the path; `version` is "" for the first endpoint."""
    base = f"{LOGIN}/{tenant}"
    step = f"/oauth2/{version}" if version else "/oauth2"
    issuer = f"{LOGIN}/{issuer_tenant}/v2.0" if version else f"https://sts.windows.net/{issuer_tenant}/"
    return {
        "token_endpoint": f"{base}{step}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/{version}/keys" if version else f"{base}/discovery/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{base}{step}/authorize",
        "device_authorization_endpoint": f"{base}{step}/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}{step}/logout",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }


def instances(tenant: str) -> Json:
    """The public cloud's entry of instance discovery, with where `tenant` is described."""
    return {
        "tenant_discovery_endpoint": f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [
            {
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": [
                    "login.microsoftonline.com",
                    "login.windows.net",
                    "login.microsoft.com",
                    "sts.windows.net",
                ],
            }
        ],
    }


def realm(user_name: str) -> Json:
    """The user realm of a name: every domain of the tenant is managed, none is federated."""
    return {
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user_name.rpartition("@")[2],
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }
