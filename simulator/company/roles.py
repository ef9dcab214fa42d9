"""Who may do what in the seeded company: the platform team and its machine, and the app, which has what infra gives it.

The rows of infra/roles.json are assigned as they are there (simulator/company/table.py). A test may have the app go without
some of it: `give(azure, without=…)`.
"""

from collections.abc import Collection
from dataclasses import replace

from simulator.authorization.definitions import Permission, RoleDefinition
from simulator.azure import Azure
from simulator.company.identities import PLATFORM, PRODUCTION, SANDBOX, UNKEYED, WORKSTATION
from simulator.company.places import INFRA_GROUP, INSIGHTS, STORAGE, TOPIC, VAULT
from simulator.company.table import KEYLESS_USER, Role, custom_role, table

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
OPERATOR = custom_role("operator")
POLICY_WRITER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0003"
ACCESS_ADMINISTRATOR = table().role("assigner").built_in
CONDITION = table().role("assigner").condition
_SUBSCRIPTIONS = tuple(f"/subscriptions/{each}" for each in (PRODUCTION, SANDBOX))
_PLACES = {
    "subscription": _SUBSCRIPTIONS,
    "resourceGroup": (INFRA_GROUP,),
    "vault": (VAULT,),
    "topic": (TOPIC,),
    "storage": (STORAGE,),
    "insights": (INSIGHTS,),
}
# Microsoft Graph permissions reference: whoever has the wider one needs the other no more
_INCLUDED_IN = {"GroupMember.Read.All": "Group.Read.All"}
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def seed(azure: Azure) -> None:
    """Defines the custom roles and grants all roles."""
    rights = azure.authorization
    _define(azure)
    for scope in _SUBSCRIPTIONS:
        rights.grant(scope, PLATFORM.id, OWNER)
        rights.grant(scope, WORKSTATION.id, OWNER)
    blobs = (f"{_BLOBS}/read", f"{_BLOBS}/write")
    rights.define_role("Unkeyed Policy Writer", id=POLICY_WRITER, actions=(), data_actions=blobs)
    rights.grant(STORAGE, PLATFORM.id, POLICY_WRITER)
    rights.grant(VAULT, PLATFORM.id, SECRETS_OFFICER)  # an owner manages a vault, and reads no secret of it
    give(azure)


def _define(azure: Azure) -> None:
    rights = azure.authorization
    for each in table().roles:
        if not each.built_in:
            rights.define_role(
                each.name, id=custom_role(each.key), actions=each.actions, data_actions=each.data_actions
            )
    keyless = table().keyless_user
    rights.define_role(
        "Cognitive Services User without keys",
        id=KEYLESS_USER,
        actions=keyless.actions,
        data_actions=keyless.data_actions,
        not_data_actions=keyless.not_data_actions,
    )


def give(azure: Azure, without: Collection[str] = ()) -> None:
    """Gives the app's identity what infra gives it, in place of all that it has.

    `without` names what it is to lack: keys of roles, which are not assigned; actions and data actions, those of such roles
    included, which no other role lets it do either; Graph permissions, which it is given in no wider one. A token that it has
    keeps the permissions it was issued with. Raises ValueError for what the table does not know.
    """
    _check(without)
    rights = azure.authorization
    for held in [each for each in rights.assignments.values() if each.principal_id == UNKEYED.id]:
        rights.remove(held)
    lacking = _lacking(without)
    for role in table().roles:
        if role.key not in without:
            definition = _without(azure, role, lacking)
            for scope in _PLACES[role.scope]:
                rights.grant(scope, UNKEYED.id, definition, condition=role.condition or None)
    if principal := azure.directory.service_principals.get(UNKEYED.id):
        principal.graph_roles = graph_permissions(without)


def graph_permissions(without: Collection[str] = ()) -> frozenset[str]:
    """The application permissions of Microsoft Graph that the app has."""
    wider = {_INCLUDED_IN[each] for each in without if each in _INCLUDED_IN}
    return table().graph - set(without) - wider


def _check(without: Collection[str]) -> None:
    known = table()
    administrator = {f"Microsoft.Authorization/roleAssignments/{each}" for each in ("read", "write", "delete")}
    named = {each.key for each in known.roles} | known.graph | known.actions | administrator
    if unknown := set(without) - named:
        raise ValueError(f"infra/roles.json gives the app nothing of the name {', '.join(sorted(unknown))}")


def _lacking(without: Collection[str]) -> set[str]:
    """The actions and data actions that no role is to hold, in lower case."""
    roles = [each for each in table().roles if each.key in without]
    named = (*without, *(action for each in roles for action in (*each.actions, *each.data_actions)))
    return {each.lower() for each in named if "/" in each}


def _without(azure: Azure, role: Role, lacking: set[str]) -> str:
    """The id of the role's definition, or of a copy of it that holds nothing of what is to be lacking."""
    whole = azure.authorization.definitions[role.built_in or custom_role(role.key)]
    if not any(_holds(whole, each) for each in lacking):
        return whole.id
    less = tuple(_less(each, lacking) for each in whole.permissions)
    narrowed = replace(whole, id=custom_role(f"{role.key} without"), permissions=less, kind="CustomRole")
    azure.authorization.definitions[narrowed.id] = narrowed
    return narrowed.id


def _holds(role: RoleDefinition, action: str) -> bool:
    return any(each.covers(action, data=data) for each in role.permissions for data in (False, True))


def _less(permission: Permission, lacking: set[str]) -> Permission:
    taken = tuple(sorted(lacking))
    return replace(
        permission,
        not_actions=(*permission.not_actions, *taken),
        not_data_actions=(*permission.not_data_actions, *taken),
    )
