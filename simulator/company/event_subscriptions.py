"""What the app hears of: Resource Manager's events of both subscriptions, the vault's, and changes of groups.

"Understand event filtering for Event Grid subscriptions": 25 values in all advanced filters together. The sixteen
operations are within that, so one event subscription for each Azure subscription is enough.
"""

from collections.abc import Mapping

from simulator.azure import Azure
from simulator.company.identities import PRODUCTION, SANDBOX
from simulator.company.places import BLOB_HOST, GROUP_TOPIC, VAULT
from simulator.event_grid.settings import CLOUD
from simulator.wire import Json

RESOURCE_EVENTS = "resource_events"
VAULT_EVENTS = "vault_events"
GROUP_EVENTS = "group_events"
_ACCOUNTS = "Microsoft.CognitiveServices/accounts"
_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
OPERATIONS = (
    *(
        f"{resource}/{verb}"
        for resource in (
            _ACCOUNTS,
            f"{_ACCOUNTS}/projects",
            f"{_ACCOUNTS}/connections",
            f"{_ACCOUNTS}/projects/connections",
            _WORKSPACES,
            f"{_WORKSPACES}/connections",
        )
        for verb in ("write", "delete")
    ),
    f"{_ACCOUNTS}/listKeys/action",
    f"{_ACCOUNTS}/regenerateKey/action",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
)
_OF_RESOURCES: Json = {
    "includedEventTypes": [f"Microsoft.Resources.Resource{kind}Success" for kind in ("Write", "Delete", "Action")],
    "advancedFilters": [{"operatorType": "StringIn", "key": "data.operationName", "values": list(OPERATIONS)}],
}
_DEAD_LETTERS = (BLOB_HOST, "dead-letters")
_OF_SECRETS: Json = {"includedEventTypes": ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"]}


def subscribe(azure: Azure, webhooks: Mapping[str, str]) -> None:
    """Subscribes the app's functions, those that have a URL in `webhooks`, to what each is for."""
    wanted = (
        ("unkeyed-production", f"/subscriptions/{PRODUCTION}", RESOURCE_EVENTS, _OF_RESOURCES),
        ("unkeyed-sandbox", f"/subscriptions/{SANDBOX}", RESOURCE_EVENTS, _OF_RESOURCES),
        ("unkeyed-vault", VAULT, VAULT_EVENTS, _OF_SECRETS),
    )
    for name, source, function, filters in wanted:
        if endpoint := webhooks.get(function):
            azure.events.subscribe(name, source=source, endpoint=endpoint, filter=filters, dead_letter=_DEAD_LETTERS)
    subscribe_to_groups(azure, webhooks)


def subscribe_to_groups(azure: Azure, webhooks: Mapping[str, str]) -> None:
    """Subscribes the function for groups to all that their partner topic takes, once that is there and activated."""
    topic, endpoint = azure.events.partners.topics.get(GROUP_TOPIC.lower()), webhooks.get(GROUP_EVENTS)
    if topic and endpoint and topic.activation == "Activated":
        azure.events.subscribe(
            "unkeyed-groups", source=topic.id, endpoint=endpoint, schema=CLOUD, dead_letter=_DEAD_LETTERS
        )
