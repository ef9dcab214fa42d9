"""Who may do what in the seeded company: the app's own roles, and those of the platform team and its machine.

The app runs with what it calls and no more. Reading comes with Role Based Access Control Administrator too, which has
`*/read`; the operator's role names what it reads all the same, so that it stands by itself.
"""

from simulator.azure import Azure
from simulator.company.identities import PLATFORM, PRODUCTION, SANDBOX, UNKEYED, WORKSTATION
from simulator.company.places import STORAGE, TOPIC, VAULT

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ACCESS_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
EVENT_SENDER = "d5a91429-5739-47e2-a06b-3470a27159e7"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
PROBER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0001"
POLICY_READER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0002"
POLICY_WRITER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0003"
OPERATOR = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0004"
GRANTABLE = ("a97b65f3-24c7-4388-baec-2e87135dc908", "53ca6127-db72-4b80-b1b0-d745d6d5456d")
# Only these roles, only to these kinds of principal, whether made or removed
CONDITION = (
    "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR ("
    "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{{types}}}"
    ")) AND ((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})) OR ("
    "@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
    "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{{types}}}))"
).format(roles=", ".join(GRANTABLE), types="'User', 'Group', 'ServicePrincipal'")

_ACCOUNTS = "Microsoft.CognitiveServices/accounts"
_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
# Never `listsecrets`: a connection is told by what it points at, so the app need not see what it holds
OPERATOR_ACTIONS = (
    f"{_ACCOUNTS}/read",
    f"{_ACCOUNTS}/write",
    f"{_ACCOUNTS}/listKeys/action",
    f"{_ACCOUNTS}/regenerateKey/action",
    f"{_ACCOUNTS}/projects/read",
    f"{_ACCOUNTS}/deployments/read",  # is there one of the name that was called?
    "Microsoft.CognitiveServices/deletedAccounts/read",  # is an account that is not there gone for good?
    f"{_WORKSPACES}/read",
    *(
        f"{owner}/connections/{verb}"
        for owner in (_ACCOUNTS, f"{_ACCOUNTS}/projects", _WORKSPACES)
        for verb in ("read", "write", "delete")
    ),
    "Microsoft.Authorization/denyAssignments/read",  # who can do what, for those who ask
    "Microsoft.Authorization/roleDefinitions/read",  # does the role by which somebody got in show keys?
    "Microsoft.EventGrid/partnerTopics/read",
    "Microsoft.Insights/diagnosticSettings/read",
    "Microsoft.Insights/logs/AzureDiagnostics/read",  # the account's own rows, in whichever workspace they are
)

# Application permissions of Microsoft Graph: whose groups and who is in them, to be told of changes, and who somebody is
# that a portal asks about
GRAPH = frozenset({"GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Application.Read.All"})


def seed(azure: Azure) -> None:
    """Defines the custom roles and grants all roles."""
    _define(azure)
    rights = azure.authorization
    for subscription in (PRODUCTION, SANDBOX):
        scope = f"/subscriptions/{subscription}"
        rights.grant(scope, PLATFORM.id, OWNER)
        rights.grant(scope, WORKSTATION.id, OWNER)
        rights.grant(scope, UNKEYED.id, ACCESS_ADMINISTRATOR, condition=CONDITION)
        rights.grant(scope, UNKEYED.id, PROBER)
        rights.grant(scope, UNKEYED.id, OPERATOR)
    rights.grant(TOPIC, UNKEYED.id, EVENT_SENDER)
    rights.grant(STORAGE, UNKEYED.id, POLICY_READER)
    rights.grant(VAULT, UNKEYED.id, SECRETS_OFFICER)
    rights.grant(STORAGE, PLATFORM.id, POLICY_WRITER)
    rights.grant(VAULT, PLATFORM.id, SECRETS_OFFICER)  # an owner manages a vault, and reads no secret of it


def _define(azure: Azure) -> None:
    rights = azure.authorization
    rights.define_role("Unkeyed Operator", id=OPERATOR, actions=OPERATOR_ACTIONS)
    models = (f"{_ACCOUNTS}/OpenAI/models/read",)
    rights.define_role("Unkeyed Prober", id=PROBER, actions=(), data_actions=models)
    rights.define_role("Unkeyed Policy Reader", id=POLICY_READER, actions=(), data_actions=(f"{_BLOBS}/read",))
    writes = (f"{_BLOBS}/read", f"{_BLOBS}/write")
    rights.define_role("Unkeyed Policy Writer", id=POLICY_WRITER, actions=(), data_actions=writes)
