"""The app's one credential, chosen by a setting and never by trying."""

from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


def credential_for(settings: Settings) -> "AsyncTokenCredential":
    """The managed identity of the function app (user-assigned where AZURE_CLIENT_ID names one), or az on a desk.

    Microsoft: "Managed identity best practice recommendations" and the azure-identity guidance to prefer a
    deterministic credential over a chain in production.
    """
    if settings.credential == "azure-cli":
        from azure.identity.aio import AzureCliCredential

        return AzureCliCredential()
    from azure.identity.aio import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=settings.client_id)
