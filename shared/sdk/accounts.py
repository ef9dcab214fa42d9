"""Azure AI accounts, by azure-mgmt-cognitiveservices."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from shared.errors import azure_errors
from shared.models import Account, Deployment, NetworkRules
from shared.resource_id import ResourceId

if TYPE_CHECKING:
    from azure.mgmt.cognitiveservices.aio import CognitiveServicesManagementClient
    from azure.mgmt.cognitiveservices.models import Account as SdkAccount
    from azure.mgmt.cognitiveservices.models import AccountProperties
    from azure.mgmt.cognitiveservices.models import Deployment as SdkDeployment

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

    async def list_deployments(self, account: ResourceId) -> tuple[Deployment, ...]:
        """The account's deployments of models (REST: Deployments - List); raises NotFoundError, DeniedError, TemporaryError."""
        with azure_errors("list deployments of", account):
            found = self.client(account.subscription).deployments.list(account.resource_group, account.name)
            return tuple([_deployment(each) async for each in found])

    async def is_soft_deleted(self, account: ResourceId) -> bool:
        """True where the account was deleted and can still be recovered (REST: Deleted Accounts - List)."""
        with azure_errors("list deleted accounts of subscription", account.subscription):
            async for each in self.client(account.subscription).deleted_accounts.list():
                if _of_deleted(each.id or "") == (account.resource_group.lower(), account.name.lower()):
                    return True
        return False

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
        network=_network(properties),
    )


def _network(properties: "AccountProperties | None") -> NetworkRules:
    acls = getattr(properties, "network_acls", None)
    return NetworkRules(
        public=getattr(properties, "public_network_access", None) != "Disabled",
        closed=getattr(acls, "default_action", None) == "Deny",
        addresses=tuple(each.value or "" for each in getattr(acls, "ip_rules", None) or ()),
        subnets=tuple(each.id or "" for each in getattr(acls, "virtual_network_rules", None) or ()),
    )


def _deployment(found: "SdkDeployment") -> Deployment:
    properties = found.properties
    model = getattr(properties, "model", None)
    return Deployment(
        name=found.name or "",
        model=getattr(model, "name", None) or "",
        format=getattr(model, "format", None) or "",
        version=getattr(model, "version", None) or "",
        provisioning_state=str(getattr(properties, "provisioning_state", None) or "Succeeded"),
        abilities=tuple(
            name for name, value in (getattr(properties, "capabilities", None) or {}).items() if value == "true"
        ),
    )


def _of_deleted(text: str) -> tuple[str, str]:
    """The resource group and the name in the id of a deleted account, which names no provider of its own."""
    found = re.search(r"/resourceGroups/([^/]+)/deletedAccounts/([^/]+)/?$", text, re.IGNORECASE)
    return (found[1].lower(), found[2].lower()) if found else ("", "")
