"""The secret in Azure Key Vault that gives an account's key to its consumers, by azure-keyvault-secrets.

Its versions follow Microsoft's dual-credential pattern: tags say which of the two keys a version holds, for which resource
and for how many days ("Automate the rotation of a secret for resources with two sets of authentication credentials").
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.errors import DeniedError, NotFoundError, azure_errors
from shared.models import KeyName, VaultSecret
from shared.resource_id import ResourceId

if TYPE_CHECKING:
    from azure.keyvault.secrets import KeyVaultSecret, SecretProperties
    from azure.keyvault.secrets.aio import SecretClient

    from shared.session import Session

_UNDATED = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# A vault's times are cut to whole seconds
_SECOND = timedelta(seconds=1)
_CREDENTIAL, _ADDRESS, _DAYS, _OPERATION = "CredentialId", "ProviderAddress", "ValidityPeriodDays", "OperationId"


def fingerprint(key: str) -> str:
    """A short hash by which two keys can be told apart, and neither can be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


class Vault:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._clients: dict[str, SecretClient] = {}

    async def get(self, vault: str, name: str) -> VaultSecret | None:
        """The current version of a secret, None where there is none; raises DeniedError, TemporaryError.

        A disabled version is described without its fingerprint: the vault does not show its value.
        """
        try:
            with azure_errors("read secret", f"{vault}/secrets/{name}"):
                return _secret(await self._client(vault).get_secret(name))
        except NotFoundError:
            return None
        except DeniedError as error:
            if "disabled secret" not in str(error):
                raise
            return await self._disabled(vault, name)

    async def key_of(self, vault: str, secret: VaultSecret) -> str:
        """The key in a version of a secret. It is not to leave the step that asks for it."""
        with azure_errors("read secret", f"{vault}/secrets/{secret.name}"):
            return str((await self._client(vault).get_secret(secret.name, secret.version)).value)

    async def account_of(self, address: str) -> str:
        """The resource id that the secret at `address` says its key belongs to, empty where it says nothing.

        Raises NotFoundError, DeniedError, TemporaryError.
        """
        parts = urlsplit(address)
        name = parts.path.strip("/").split("/")[1]
        with azure_errors("read secret", address):
            found = await self._client(f"https://{parts.hostname}").get_secret(name)
        return str((found.properties.tags or {}).get(_ADDRESS, ""))

    async def publish(
        self,
        vault: str,
        name: str,
        key: str,
        *,
        key_name: KeyName,
        account: ResourceId,
        operation_id: str,
        expires: datetime | None,
        now: datetime,
    ) -> VaultSecret:
        """Writes a new current version and reads it back; raises DeniedError, PermanentError, TemporaryError."""
        tags = {_CREDENTIAL: key_name.value, _ADDRESS: account.text, _OPERATION: operation_id}
        if expires:
            tags[_DAYS] = str(max(1, round((expires - now) / timedelta(days=1))))
        with azure_errors("write secret", f"{vault}/secrets/{name}"):
            client = self._client(vault)
            await client.set_secret(name, key, tags=tags, expires_on=expires, enabled=True)
            return _secret(await client.get_secret(name))

    async def enable(self, vault: str, secret: VaultSecret, *, enabled: bool) -> None:
        """Lets a version be read, or no longer."""
        with azure_errors("change secret", f"{vault}/secrets/{secret.name}"):
            client = self._client(vault)
            await client.update_secret_properties(secret.name, secret.version, enabled=enabled)

    async def _disabled(self, vault: str, name: str) -> VaultSecret | None:
        """The current version, which is known to be disabled: times are in seconds, and one that was sent twice has a twin."""
        with azure_errors("list versions of secret", f"{vault}/secrets/{name}"):
            versions = [each async for each in self._client(vault).list_properties_of_secret_versions(name)]
        off = [each for each in versions if not each.enabled]
        newest = max(off, key=lambda each: each.created_on or _UNDATED, default=None)
        return _described(newest, "") if newest else None

    def _client(self, vault: str) -> "SecretClient":
        if vault not in self._clients:
            from azure.keyvault.secrets.aio import SecretClient

            self._clients[vault] = SecretClient(vault, self._session.credential, **self._session.client_options())
        return self._clients[vault]


def _secret(found: "KeyVaultSecret") -> VaultSecret:
    return _described(found.properties, fingerprint(found.value or ""))


def _described(found: "SecretProperties", mark: str) -> VaultSecret:
    tags = found.tags or {}
    named = tags.get(_CREDENTIAL, "").lower()
    return VaultSecret(
        name=str(found.name),
        version=str(found.version),
        account=tags.get(_ADDRESS, ""),
        key=KeyName(named) if named in set(KeyName) else None,
        created=(found.created_on or _UNDATED) + _SECOND,
        expires=found.expires_on,
        enabled=bool(found.enabled),
        operation_id=tags.get(_OPERATION, ""),
        fingerprint=mark,
    )
