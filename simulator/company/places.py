"""The resources beside the app, in the group rg-unkeyed of production. Their names are fixed, as those of the people are."""

from simulator.company.identities import PRODUCTION

INFRA_GROUP = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-unkeyed"
_INFRA = f"{INFRA_GROUP}/providers"
STORAGE = f"{_INFRA}/Microsoft.Storage/storageAccounts/stunkeyed"
BLOB_HOST = "stunkeyed.blob.core.windows.net"
TOPIC = f"{_INFRA}/Microsoft.EventGrid/topics/unkeyed-outcomes"
# where Microsoft Graph puts changes of groups, once the app has asked it to
GROUP_TOPIC = f"{_INFRA}/Microsoft.EventGrid/partnerTopics/unkeyed-groups"
GROUP_TOPIC_LOCATION = "westeurope"
INSIGHTS = f"{_INFRA}/Microsoft.Insights/components/appi-unkeyed"
VAULT = f"{_INFRA}/Microsoft.KeyVault/vaults/kv-unkeyed"
VAULT_URL = "https://kv-unkeyed.vault.azure.net"
# where accounts may send their request logs, and the id by which it is queried
LOGS = f"{_INFRA}/Microsoft.OperationalInsights/workspaces/log-unkeyed"
LOGS_CUSTOMER_ID = "0f1a7f08-c000-4000-8000-000000000012"
