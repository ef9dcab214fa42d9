"""An account's keys and whether they are taken at all, by azure-mgmt-cognitiveservices."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.errors import PermanentError, azure_errors
from shared.models import Account, KeyName
from shared.resource_id import ResourceId
from shared.sdk.accounts import Accounts

if TYPE_CHECKING:
    from azure.mgmt.cognitiveservices.models import ApiKeys

_OFF = "disableLocalAuth is set to be true"


class KeyAccessOffError(PermanentError):
    """The account takes no keys, and so shows none."""


class Keys:
    """Keys as they are never stay: each answer is for the step that asked, and goes nowhere else."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def list(self, account: ResourceId) -> Mapping[KeyName, str]:
        """Both keys (REST: Accounts - List Keys); raises KeyAccessOffError, DeniedError, TemporaryError."""
        with _key_errors("list keys of", account):
            client = self._accounts.client(account.subscription)
            return _keys(await client.accounts.list_keys(account.resource_group, account.name))

    async def regenerate(self, account: ResourceId, name: KeyName) -> Mapping[KeyName, str]:
        """Gives the account a new key; the old one is dead at once (REST: Accounts - Regenerate Key).

        Nothing tries this again by itself: after an error the key may be new or not. Raises as `list`.
        """
        with _key_errors("regenerate a key of", account):
            client = self._accounts.client(account.subscription)
            # The service writes the names with a capital
            asked = name.value.capitalize()
            return _keys(await client.accounts.regenerate_key(account.resource_group, account.name, asked))

    async def set_access(self, account: ResourceId, *, enabled: bool) -> Account:
        """Has the account take keys or not, touching nothing else; the account as it then reads (REST: Accounts - Update).

        The data plane follows within minutes to hours ("Disable local authentication in Foundry Tools").
        """
        return await self._accounts.change(account, "change key access of", disable_local_auth=not enabled)


@contextmanager
def _key_errors(operation: str, account: ResourceId) -> Iterator[None]:
    try:
        with azure_errors(operation, account):
            yield
    except PermanentError as error:
        if _OFF in str(error):
            raise KeyAccessOffError(f"{account} takes no keys", code="KeyAccessOff") from error
        raise


def _keys(found: "ApiKeys") -> Mapping[KeyName, str]:
    return {KeyName.KEY1: str(found.key1), KeyName.KEY2: str(found.key2)}
