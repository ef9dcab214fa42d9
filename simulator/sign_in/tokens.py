"""Tokens as Entra ID signs them: audience, tenant, object id; checked again by every service that takes one."""

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.clock import Clock
from simulator.directory.state import Directory, ServicePrincipal, User

LIFETIME = timedelta(minutes=75)
ISSUER = "https://sts.windows.net/{tenant}/"
ISSUER_V2 = "https://login.microsoftonline.com/{tenant}/v2.0"


class TokenRefused(Exception):
    """Why a bearer token was not taken: `missing`, `malformed`, `expired`, `audience`, `issuer` or `signature`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for. `scopes` are set for a user, `roles` for an application."""

    object_id: str
    app_id: str
    tenant: str
    name: str
    is_user: bool
    roles: frozenset[str]
    claims: dict[str, Any] = field(repr=False)


class SigningKey:
    """An RSA key pair with the id and certificate-less JWK form that OpenID clients fetch."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:20]).decode().rstrip("=")

    def jwk(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**key, "kid": self.kid, "x5t": self.kid, "use": "sig"}


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """What a refresh token stands for. `since` is when its user signed in, where a single-page application holds it."""

    user: str
    app_id: str
    scope: str
    since: datetime | None


class Tokens:
    """Issues and checks the tokens of one tenant. `issued` keeps every one, for tests that search for leaks."""

    def __init__(self, key: SigningKey, directory: Directory, clock: Clock) -> None:
        self.key = key
        self.directory = directory
        self.clock = clock
        self.issued: list[str] = []
        self._refresh: dict[str, RefreshGrant] = {}
        self._verified: dict[str, dict[str, Any]] = {}

    def issue(
        self,
        principal: ServicePrincipal | User,
        audience: str,
        *,
        lifetime: timedelta = LIFETIME,
        client_app_id: str = "",
        **more: Any,
    ) -> str:
        """A signed access token (version 1 claims, as Azure's own services get) for `audience`."""
        now, issuer = self.whole_seconds(), ISSUER.format(tenant=self.directory.tenant)
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "oid": principal.id,
            "sub": principal.id,
            "tid": self.directory.tenant,
            "uti": uuid.uuid4().hex[:22],
            "ver": "1.0",
            **_who(principal, client_app_id, issuer),
            **more,
        }
        return self.sign(claims, x5t=self.key.kid)

    def sign(self, claims: dict[str, Any], **headers: str) -> str:
        """A token of these claims; times among them in whole seconds."""
        token = jwt.encode(claims, self.key.private, algorithm="RS256", headers={"kid": self.key.kid, **headers})
        self.issued.append(token)
        return token

    def opaque(self, first: str) -> str:
        """A secret that clients cannot read: a refresh token, a code, a session."""
        token = f"{first}{secrets.token_urlsafe(64)}"
        self.issued.append(token)
        return token

    def refresh_token(self, user: User, app_id: str, scope: str = "", since: datetime | None = None) -> str:
        """A token that the application can trade for new ones of this user; clients cannot read it."""
        token = self.opaque("1.")
        self._refresh[token] = RefreshGrant(user.id, app_id.lower(), scope, since)
        return token

    def refreshed(self, token: str, app_id: str) -> RefreshGrant | None:
        """What a refresh token stands for; None where it is none, another application's, or its user is gone."""
        grant = self._refresh.get(token)
        if grant is None or grant.app_id != app_id.lower() or grant.user not in self.directory.users:
            return None
        return grant

    def identity(self, authorization: str | None, audiences: tuple[str, ...]) -> Identity:
        """Who an `Authorization` header speaks for; raises TokenRefused."""
        claims = self._claims(authorization)
        if str(claims.get("aud", "")).rstrip("/").lower() not in audiences:
            raise TokenRefused("audience", str(claims.get("aud", "")))
        return Identity(
            object_id=str(claims["oid"]).lower(),
            app_id=str(claims.get("appid", "")),
            tenant=str(claims["tid"]),
            name=str(claims.get("upn", claims.get("appid", ""))),
            is_user=claims.get("idtyp") != "app",
            roles=frozenset(claims.get("roles", [])),
            claims=claims,
        )

    def _claims(self, authorization: str | None) -> dict[str, Any]:
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise TokenRefused("missing")
        claims = self._signed(token)
        if claims.get("tid") != self.directory.tenant:
            raise TokenRefused("issuer", str(claims.get("iss", "")))
        if float(claims.get("exp", 0)) <= self.clock.now().timestamp():
            raise TokenRefused("expired", datetime.fromtimestamp(float(claims.get("exp", 0)), UTC).isoformat())
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        """The claims of a token with a good signature, which is looked at once: a client sends the same one for an hour."""
        if token not in self._verified:
            options: Any = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
            try:
                self._verified[token] = jwt.decode(
                    token, self.key.private.public_key(), algorithms=["RS256"], options=options
                )
            except jwt.InvalidSignatureError as error:
                raise TokenRefused("signature") from error
            except jwt.InvalidTokenError as error:
                raise TokenRefused("malformed", str(error)) from error
        return self._verified[token].copy()

    def whole_seconds(self) -> datetime:
        return self.clock.now().replace(microsecond=0)


def _who(principal: ServicePrincipal | User, client_app_id: str, issuer: str) -> dict[str, Any]:
    if isinstance(principal, User):
        return {
            "acr": "1",
            "amr": ["pwd"],
            "appid": client_app_id or "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
            "appidacr": "0",
            "ipaddr": "127.0.0.1",
            "name": principal.display_name,
            "upn": principal.user_principal_name,
            "unique_name": principal.user_principal_name,
            "scp": "user_impersonation",
            "idtyp": "user",
        }
    proof = "2" if principal.kind == "ManagedIdentity" else "1"  # a certificate, or a secret
    return {"appid": principal.app_id, "appidacr": proof, "idp": issuer, "idtyp": "app"}
