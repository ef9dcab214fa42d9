"""Azure AI accounts, by azure-mgmt-cognitiveservices."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from shared.errors import azure_errors
from shared.models import Account
from shared.resource_id import ResourceId

if TYPE_CHECKING:
    from azure.mgmt.cognitiveservices.aio import CognitiveServicesManagementClient
    from azure.mgmt.cognitiveservices.models import Account as SdkAccount

    from shared.session import Session


class Accounts:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._clients: dict[str, CognitiveServicesManagementClient] = {}

    async def get(self, account: ResourceId) -> Account:
        """The account as it is now (REST: Accounts - Get); raises NotFoundError, DeniedError, TemporaryError."""
        with azure_errors("read account", account):
            found = await self.client(account.subscription).accounts.get(account.resource_group, account.name)
        return _account(found)

    async def set_subdomain(self, account: ResourceId, name: str) -> Account:
        """Gives the account its custom subdomain, touching nothing else; the account as it then reads.

        Raises PermanentError where the name is taken (REST: Accounts - Update).
        """
        return await self.change(account, "set the subdomain of", custom_sub_domain_name=name)

    async def change(self, account: ResourceId, operation: str, **properties: Any) -> Account:
        """The account as it reads once these properties, and no others, were written; for this package."""
        from azure.mgmt.cognitiveservices.models import Account as SdkAccount
        from azure.mgmt.cognitiveservices.models import AccountProperties

        change = SdkAccount(properties=AccountProperties(**properties))
        with azure_errors(operation, account):
            accounts = self.client(account.subscription).accounts
            await accounts.begin_update(account.resource_group, account.name, change, polling=False)
        return await self.get(account)

    async def list_in(self, subscription: str) -> AsyncIterator[Account]:
        """Every account of a subscription that the app may read (REST: Accounts - List), page after page."""
        with azure_errors("list accounts of subscription", subscription):
            async for each in self.client(subscription).accounts.list():
                yield _account(each)

    def client(self, subscription: str) -> "CognitiveServicesManagementClient":
        """The client of one subscription, for this package."""
        if subscription not in self._clients:
            from azure.mgmt.cognitiveservices.aio import CognitiveServicesManagementClient

            self._clients[subscription] = CognitiveServicesManagementClient(
                self._session.credential, subscription, **self._session.client_options()
            )
        return self._clients[subscription]


def _account(found: "SdkAccount") -> Account:
    properties = found.properties
    return Account(
        id=ResourceId.account(found.id or ""),
        kind=found.kind or "",
        location=(found.location or "").replace(" ", "").lower(),
        tags=dict(found.tags or {}),
        provisioning_state=str(getattr(properties, "provisioning_state", None) or "Succeeded"),
        subdomain=getattr(properties, "custom_sub_domain_name", None) or None,
        endpoint=getattr(properties, "endpoint", None) or None,
        local_auth_disabled=bool(getattr(properties, "disable_local_auth", None)),
        created_at=getattr(found.system_data, "created_at", None),
    )
