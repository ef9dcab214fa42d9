"""Azure's built-in roles, by GUID: AI services, Foundry, machine learning, Key Vault, Event Grid, storage, and the general ones.

Azure built-in roles. Names are the current ones; GUIDs never change.
"""

from simulator.authorization.definitions import Permission, RoleDefinition

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"

_AI = "Microsoft.CognitiveServices"
_ML = "Microsoft.MachineLearningServices"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
_READS_ACCESS = ("Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleDefinitions/read")
_INSIGHTS = (
    "Microsoft.Insights/alertRules/read",
    "Microsoft.Insights/diagnosticSettings/read",
    "Microsoft.Insights/logDefinitions/read",
    "Microsoft.Insights/metricdefinitions/read",
    "Microsoft.Insights/metrics/read",
    "Microsoft.ResourceHealth/availabilityStatuses/read",
)
_RESOURCES = (
    "Microsoft.Resources/deployments/operations/read",
    "Microsoft.Resources/subscriptions/operationresults/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
)
_DEPLOYS = (
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
)
_MANAGES_ACCOUNTS = (
    "Microsoft.Authorization/*/read",
    f"{_AI}/*",
    "Microsoft.Features/features/read",
    "Microsoft.Features/providers/features/read",
    "Microsoft.Features/providers/features/register/action",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Insights/diagnosticSettings/*",
    "Microsoft.Insights/logDefinitions/read",
    "Microsoft.Insights/metricdefinitions/read",
    "Microsoft.Insights/metrics/read",
    "Microsoft.ResourceHealth/availabilityStatuses/read",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
    *_RESOURCES,
)
_NOT_FOR_USERS = (
    f"{_AI}/accounts/AIServices/agents/endpoints/UserIdentityImpersonation/action",
    f"{_AI}/accounts/OpenAI/fine-tunes-deployments/write",
    f"{_AI}/accounts/AIServices/fine_tuning_deployments/write",
)
_OPENAI_USE = tuple(
    f"{_AI}/accounts/OpenAI/{each}"
    for each in (
        "*/read",
        "engines/completions/action",
        "engines/search/action",
        "engines/generate/action",
        "deployments/audio/action",
        "deployments/search/action",
        "deployments/completions/action",
        "deployments/chat/completions/action",
        "deployments/realtime/action",
        "deployments/extensions/chat/completions/action",
        "deployments/embeddings/action",
        "images/generations/action",
        "video/generations/*/action",
        "video/generations/*/delete",
        "assistants/*",
        "responses/*",
    )
)
_OPENAI_MANAGES = tuple(
    f"{_AI}/accounts/{kind}/{verb}"
    for kind in ("deployments", "raiPolicies", "commitmentplans")
    for verb in ("read", "write", "delete")
)
_AGENT_CONSUMER, _FOUNDRY_USER = "eed3b665-ab3a-47b6-8f48-c9382fb1dad6", "53ca6127-db72-4b80-b1b0-d745d6d5456d"
_OWNER_ASSIGNS = (
    _AGENT_CONSUMER,
    _FOUNDRY_USER,
    "3bc748fc-213d-45c1-8d91-9da5725539b9",
    "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "73c42c96-874c-492b-b04d-ab87d138a893",
)


def _only_assigns(*roles: str) -> Permission:
    """Making and removing assignments of some roles only."""
    listed = ", ".join(roles)
    clauses = (
        f"((!(ActionMatches{{'{_ASSIGNMENTS}/{verb}'}})) OR "
        f"(@{source}[{_ASSIGNMENTS}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{listed}}}))"
        for verb, source in (("write", "Request"), ("delete", "Resource"))
    )
    return Permission((f"{_ASSIGNMENTS}/write", f"{_ASSIGNMENTS}/delete"), condition=" AND ".join(clauses))


def _role(
    guid: str,
    name: str,
    description: str,
    *permissions: Permission,
    actions: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    data: tuple[str, ...] = (),
    data_without: tuple[str, ...] = (),
) -> RoleDefinition:
    first = Permission(actions, without, data, data_without)
    return RoleDefinition(guid, name, (first, *permissions), description, "BuiltInRole")


_GENERAL = (
    _role(OWNER, "Owner", "Manages everything, access included.", actions=("*",)),
    _role(
        CONTRIBUTOR,
        "Contributor",
        "Manages everything but access.",
        actions=("*",),
        without=(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ),
    ),
    _role(READER, "Reader", "Sees everything, changes nothing.", actions=("*/read",)),
    _role(
        USER_ACCESS_ADMINISTRATOR,
        "User Access Administrator",
        "Manages access to resources.",
        actions=("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    _role(
        RBAC_ADMINISTRATOR,
        "Role Based Access Control Administrator",
        "Manages role assignments, and access by no other way.",
        actions=(f"{_ASSIGNMENTS}/write", f"{_ASSIGNMENTS}/delete", "*/read", "Microsoft.Support/*"),
    ),
    _role(
        "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
        "Monitoring Reader",
        "Reads all monitoring data.",
        actions=("*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"),
    ),
    _role(
        "73c42c96-874c-492b-b04d-ab87d138a893",
        "Log Analytics Reader",
        "Reads and searches all monitoring data and monitoring settings.",
        actions=(
            "*/read",
            "Microsoft.OperationalInsights/workspaces/analytics/query/action",
            "Microsoft.OperationalInsights/workspaces/search/action",
            "Microsoft.Support/*",
        ),
        without=("Microsoft.OperationalInsights/workspaces/sharedKeys/read",),
    ),
    _role(
        "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        "Log Analytics Contributor",
        "Reads all monitoring data, changes monitoring settings and workspaces.",
        actions=(
            "*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.OperationalInsights/*",
            "Microsoft.OperationsManagement/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
            "Microsoft.Support/*",
        ),
    ),
)
_COGNITIVE = (
    _role(
        "a97b65f3-24c7-4388-baec-2e87135dc908",
        "Cognitive Services User",
        "Reads and lists keys of Cognitive Services, and uses them.",
        actions=(f"{_AI}/*/read", f"{_AI}/accounts/listkeys/action", *_INSIGHTS, *_RESOURCES),
        data=(f"{_AI}/*",),
        data_without=_NOT_FOR_USERS,
    ),
    _role(
        "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "Cognitive Services OpenAI User",
        "Uses Azure OpenAI, without its keys.",
        actions=(f"{_AI}/*/read", *_READS_ACCESS),
        data=_OPENAI_USE,
        data_without=(f"{_AI}/accounts/OpenAI/stored-completions/read",),
    ),
    _role(
        "a001fd3d-188f-4b5d-821b-7da978bf7442",
        "Cognitive Services OpenAI Contributor",
        "Uses Azure OpenAI, deploys and fine-tunes models.",
        actions=(f"{_AI}/*/read", *_OPENAI_MANAGES, *_READS_ACCESS),
        data=(f"{_AI}/accounts/OpenAI/*",),
    ),
    _role(
        "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68",
        "Cognitive Services Contributor",
        "Creates, reads, changes and deletes Cognitive Services and their keys.",
        actions=_MANAGES_ACCOUNTS,
    ),
    _role(
        "b59867f0-fa02-499b-be73-45a86b5b3e1c",
        "Cognitive Services Data Reader",
        "Reads Cognitive Services data.",
        data=(f"{_AI}/*/read",),
    ),
    _role(
        "bba48692-92b0-4667-a9ad-c31c7b334ac2",
        "Cognitive Services Usages Reader",
        "Sees the usage of Cognitive Services against their quota.",
        actions=(f"{_AI}/locations/usages/read",),
    ),
)
_FOUNDRY = (
    _role(
        _FOUNDRY_USER,
        "Foundry User",
        "Reads a Foundry account and its projects, and builds in them.",
        actions=(
            "Microsoft.Authorization/*/read",
            f"{_AI}/*/read",
            f"{_AI}/accounts/listkeys/action",
            "Microsoft.Resources/deployments/*",
            *_INSIGHTS,
            *_RESOURCES,
        ),
        data=(f"{_AI}/*",),
        data_without=_NOT_FOR_USERS,
    ),
    _role(
        "eadc314b-1a2d-4efa-be10-5d325db5065e",
        "Foundry Project Manager",
        "Builds in Foundry projects, manages them, and lets others in as users.",
        _only_assigns(_AGENT_CONSUMER, _FOUNDRY_USER),
        actions=(
            "Microsoft.Authorization/*/read",
            f"{_AI}/accounts/*/read",
            f"{_AI}/accounts/projects/*",
            f"{_AI}/locations/*/read",
            *_INSIGHTS,
            *_RESOURCES,
        ),
        data=(f"{_AI}/*",),
        data_without=_NOT_FOR_USERS,
    ),
    _role(
        "e47c6f54-e4a2-4754-9501-8e0985b135e1",
        "Foundry Account Owner",
        "Manages Foundry accounts and projects, and lets others in.",
        _only_assigns(*_OWNER_ASSIGNS),
        actions=_MANAGES_ACCOUNTS,
    ),
    _role(
        "c883944f-8b7b-4483-af10-35834be79c4a",
        "Foundry Owner",
        "Manages Foundry accounts and projects, lets others in, and builds.",
        _only_assigns(*_OWNER_ASSIGNS),
        actions=_MANAGES_ACCOUNTS,
        data=(f"{_AI}/*",),
    ),
    _role(
        _AGENT_CONSUMER,
        "Foundry Agent Consumer",
        "Talks to agents of a Foundry project.",
        data=(f"{_AI}/accounts/AIServices/endpoints/interact/action",),
    ),
    _role(
        "142bfaed-a13f-4c2d-bed2-6db62c4a1009",
        "Foundry Project Runtime User",
        "Uses the responses of a Foundry project.",
        data=(f"{_AI}/accounts/AIServices/responses/*",),
    ),
)
_WORKSPACE_VERBS = tuple(f"{_ML}/workspaces/*/{verb}" for verb in ("read", "action", "delete", "write"))
_NOT_WORKSPACES = (
    f"{_ML}/workspaces/delete",
    f"{_ML}/workspaces/write",
    f"{_ML}/workspaces/listKeys/action",
    f"{_ML}/workspaces/hubs/write",
    f"{_ML}/workspaces/hubs/delete",
    f"{_ML}/workspaces/featurestores/write",
    f"{_ML}/workspaces/featurestores/delete",
)
_MACHINE_LEARNING = (
    _role(
        "64702f94-c441-49e6-a78b-ef80e0188fee",
        "Azure AI Developer",
        "Does everything in a hub's workspace but manage the workspace itself.",
        actions=(
            *_WORKSPACE_VERBS,
            f"{_ML}/locations/*/read",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
        ),
        without=_NOT_WORKSPACES,
        data=tuple(f"{_AI}/accounts/{each}/*" for each in ("OpenAI", "SpeechServices", "ContentSafety", "MaaS")),
        data_without=(f"{_AI}/accounts/OpenAI/fine-tunes-deployments/write",),
    ),
    _role(
        "b78c5d69-af96-48a3-bf8d-a8b4d589de94",
        "Azure AI Administrator",
        "Manages hubs with their accounts, vaults, storage and search; given to a hub's own identity.",
        actions=(
            *_DEPLOYS,
            f"{_AI}/*",
            f"{_ML}/workspaces/*",
            "Microsoft.KeyVault/*",
            "Microsoft.Storage/storageAccounts/*",
            "Microsoft.Search/searchServices/*",
        ),
    ),
    _role(
        "3afb7f49-54cb-416e-8c09-6dc049efa503",
        "Azure AI Inference Deployment Operator",
        "Makes deployments in a resource group.",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Insights/AutoscaleSettings/write",
        ),
    ),
    _role(
        "f6c7c914-8db3-469d-8ca1-694a8f32e121",
        "AzureML Data Scientist",
        "Does everything in a workspace but manage the workspace itself.",
        actions=_WORKSPACE_VERBS,
        without=_NOT_WORKSPACES,
    ),
    _role(
        "ea01e6af-a1c1-4350-9563-ad00f8c72ec5",
        "Azure Machine Learning Workspace Connection Secrets Reader",
        "Reads the secrets of a workspace's connections.",
        actions=(f"{_ML}/workspaces/connections/listsecrets/action", f"{_ML}/workspaces/metadata/secrets/read"),
    ),
    _role(
        "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
        "AzureML Compute Operator",
        "Manages the compute of a workspace.",
        actions=(f"{_ML}/workspaces/computes/*", f"{_ML}/workspaces/notebooks/vm/*"),
    ),
    _role(
        "1823dd4f-9b8c-4ab6-ab4e-7397a3684615",
        "AzureML Registry User",
        "Uses and changes the assets of a registry.",
        actions=(f"{_ML}/registries/read", f"{_ML}/registries/assets/*"),
    ),
)
_VAULT = "Microsoft.KeyVault"
_SEES_VAULTS = (
    *_DEPLOYS,
    f"{_VAULT}/checkNameAvailability/read",
    f"{_VAULT}/deletedVaults/read",
    f"{_VAULT}/locations/*/read",
    f"{_VAULT}/vaults/*/read",
    f"{_VAULT}/operations/read",
)
_EVENTS = "Microsoft.EventGrid"
_OTHERS = (
    _role(
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        "Key Vault Administrator",
        "Does everything with what a vault holds, but neither manages vaults nor access to them.",
        actions=_SEES_VAULTS,
        data=(f"{_VAULT}/vaults/*",),
    ),
    _role(
        "21090545-7ca7-4776-b22c-e363652d74d2",
        "Key Vault Reader",
        "Sees vaults and what they hold, but no secret's content.",
        actions=_SEES_VAULTS,
        data=(f"{_VAULT}/vaults/*/read", f"{_VAULT}/vaults/secrets/readMetadata/action"),
    ),
    _role(
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
        "Does everything with a vault's secrets but manage access to them.",
        actions=_SEES_VAULTS,
        data=(f"{_VAULT}/vaults/secrets/*",),
    ),
    _role(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        "Reads the content of secrets.",
        data=(f"{_VAULT}/vaults/secrets/getSecret/action", f"{_VAULT}/vaults/secrets/readMetadata/action"),
    ),
    _role(
        "d5a91429-5739-47e2-a06b-3470a27159e7",
        "EventGrid Data Sender",
        "Sends events to topics.",
        actions=(
            f"{_EVENTS}/topics/read",
            f"{_EVENTS}/domains/read",
            f"{_EVENTS}/partnerNamespaces/read",
            f"{_EVENTS}/namespaces/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ),
        data=(f"{_EVENTS}/events/send/action",),
    ),
    _role(
        "428e0ff0-5e57-4d9c-a221-2c70d0e0a443",
        "EventGrid EventSubscription Contributor",
        "Manages event subscriptions.",
        actions=(
            *_DEPLOYS,
            f"{_EVENTS}/eventSubscriptions/*",
            f"{_EVENTS}/systemTopics/eventSubscriptions/*",
            f"{_EVENTS}/partnerTopics/eventSubscriptions/*",
            f"{_EVENTS}/topicTypes/eventSubscriptions/read",
            f"{_EVENTS}/locations/eventSubscriptions/read",
            f"{_EVENTS}/locations/topicTypes/eventSubscriptions/read",
        ),
    ),
    _role(
        "1e241071-0855-49ea-94dc-649edcd759de",
        "EventGrid Contributor",
        "Manages everything of Event Grid.",
        actions=(*_DEPLOYS, f"{_EVENTS}/*"),
    ),
)
_STORE = "Microsoft.Storage/storageAccounts"
_CONTAINERS, _QUEUES, _TABLES = (
    f"{_STORE}/{each}" for each in ("blobServices/containers", "queueServices/queues", "tableServices/tables")
)
_DELEGATES = f"{_STORE}/blobServices/generateUserDelegationKey/action"
_STORAGE = (
    _role(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        "Does everything with containers and blobs, access included.",
        actions=(f"{_CONTAINERS}/*", _DELEGATES),
        data=(f"{_CONTAINERS}/blobs/*",),
    ),
    _role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        "Reads, writes and deletes containers and blobs.",
        actions=(*(f"{_CONTAINERS}/{each}" for each in ("delete", "read", "write")), _DELEGATES),
        data=tuple(f"{_CONTAINERS}/blobs/{each}" for each in ("delete", "read", "write", "move/action", "add/action")),
    ),
    _role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        "Reads containers and blobs.",
        actions=(f"{_CONTAINERS}/read", _DELEGATES),
        data=(f"{_CONTAINERS}/blobs/read",),
    ),
    _role(
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        "Storage Queue Data Contributor",
        "Reads, writes and deletes queues and their messages.",
        actions=tuple(f"{_QUEUES}/{each}" for each in ("delete", "read", "write")),
        data=tuple(f"{_QUEUES}/messages/{each}" for each in ("delete", "read", "write", "process/action")),
    ),
    _role(
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        "Storage Table Data Contributor",
        "Reads, writes and deletes tables and their entities.",
        actions=tuple(f"{_TABLES}/{each}" for each in ("read", "write", "delete")),
        data=tuple(f"{_TABLES}/entities/{each}" for each in ("read", "write", "delete", "add/action", "update/action")),
    ),
)
_MONITORING = (
    _role(
        "3913510d-42f4-4e42-8a64-420c390055eb",
        "Monitoring Metrics Publisher",
        "Publishes metrics and telemetry to a resource.",
        actions=(
            "Microsoft.Insights/Register/Action",
            "Microsoft.Support/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ),
        data=("Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"),
    ),
)
BUILT_IN = (*_GENERAL, *_COGNITIVE, *_FOUNDRY, *_MACHINE_LEARNING, *_OTHERS, *_STORAGE, *_MONITORING)
