"""Who called: no role, the wrong one, at the wrong place, too recent, by a group, or forbidden by a deny assignment.

On this data plane a missing role is a 401 by most paths and a 403 by those of Foundry projects.
"""

from shared.road.diagnose import holder_checks, role_checks
from shared.road.diagnose.cause import HOW_TO, LIKELY, RBAC, RBAC_TROUBLE, Cause, fits
from shared.road.diagnose.symptom import Signs, Words

_ROLE = fits(Words.ROLE, statuses=(401, 403))
_ASSIGN = (
    "Assign Cognitive Services User (or the role that the policy names) to the principal, or to a group it is in, on the "
    "account, and wait five minutes before the first call."
)


def _faintly(signs: Signs) -> int:
    """Less than the others: nothing that can be read shows these, and what can be read goes first."""
    return min(LIKELY, _ROLE(signs))


def _other_principal_fits(signs: Signs) -> int:
    return _ROLE(signs) if signs.principal else _faintly(signs)


CAUSES = (
    Cause(
        "role.oldToken", "principal", "401 “PermissionDenied”, soon after joining a group",
        "The role is held by a group, and the token may be from before the principal joined it.",
        "Sign out and in again; a managed identity's groups are renewed about once a day, so assign the role to it directly.",
        RBAC_TROUBLE, _faintly, holder_checks.old_token,
    ),
    Cause(
        "role.otherPrincipal", "sign-in", "401 “PermissionDenied”",
        "The call was made as somebody else than the principal that was asked about.",
        "Look at oid in the token's claims where the code runs: DefaultAzureCredential takes the first identity it finds.",
        '"Azure Identity client library: DefaultAzureCredential"', _other_principal_fits, holder_checks.other_principal,
    ),
    Cause(
        "role.denied", "principal", "401 or 403 “PermissionDenied”",
        "A deny assignment forbids the call, whatever roles the principal has.",
        "Remove the deny assignment where it was made (a deployment stack, a managed application), or exclude the principal.",
        '"List Azure deny assignments"', _ROLE, holder_checks.denied,
    ),
    Cause(
        "role.noSuchPrincipal", "principal", "401 or 403 “PermissionDenied”",
        "The principal that was asked about does not exist in this tenant: it was deleted, or the id is not its object id.",
        "Give the object id of the user, the group or the service principal (not an application's client id).",
        RBAC_TROUBLE, _ROLE, holder_checks.no_such_principal,
    ),
    Cause(
        "role.managementOnly", "principal", "401 “Principal does not have access to API/Operation”, 401 “PermissionDenied”",
        "The principal manages the account (Owner, Contributor or the like), which gives no right to call its models.",
        _ASSIGN, HOW_TO, _ROLE, role_checks.management_only,
    ),
    Cause(
        "role.openAIOnly", "principal", "401 “PermissionDenied”, “lacks the required data action …/MaaS/…”",
        "The role covers OpenAI models only (Cognitive Services OpenAI User), and the call is to another API or model.",
        _ASSIGN, HOW_TO, _ROLE, role_checks.openai_only,
    ),
    Cause(
        "role.insufficient", "principal", "401 or 403 “PermissionDenied”, “lacks the required data action”",
        "The principal has a role with data actions, but not with the one that the call takes.",
        _ASSIGN, RBAC, _ROLE, role_checks.insufficient,
    ),
    Cause(
        "role.otherScope", "principal", "401 “PermissionDenied”",
        "The role is assigned at another place: another account, another resource group, or a project below the account.",
        _ASSIGN, HOW_TO, _ROLE, role_checks.other_scope,
    ),
    Cause(
        "role.notInGroup", "principal", "401 “PermissionDenied”",
        "A group has the role, and the principal is not a member of it.",
        "Make the principal a member of the group.", HOW_TO, _ROLE, role_checks.not_in_group,
    ),
    Cause(
        "role.recent", "principal", "401 “PermissionDenied”, soon after the role was given",
        "The role was given too recently; the data plane does not know it yet.",
        "Wait five minutes, or hours where it was given at a management group, then sign in again and call.",
        RBAC_TROUBLE, _ROLE, holder_checks.recent,
    ),
    Cause(
        "role.conditional", "principal", "401 or 403 “PermissionDenied”",
        "The role assignment has a condition, which may not hold for this call.",
        "Read the condition, or assign the role without one.",
        '"What is Azure attribute-based access control"', _ROLE, holder_checks.conditional,
    ),
    Cause(
        "role.missing", "principal", "401 “Principal does not have access to API/Operation”, 401 or 403 “PermissionDenied”",
        "The principal has no role that lets it call the account.",
        _ASSIGN, HOW_TO, _ROLE, role_checks.missing,
    ),
)  # fmt: skip
