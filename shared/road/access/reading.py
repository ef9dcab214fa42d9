"""Reads what a principal's access to an account depends on, in three rounds, and evaluates it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from shared.errors import DeniedError, NotFoundError, PermanentError
from shared.models import Answer, Effective, Principal, PrincipalKind, Unknown
from shared.resource_id import ResourceId
from shared.road.access.chains import Inner, inner_groups
from shared.road.access.evaluate import evaluated
from shared.road.access.seen import Seen
from shared.road.services import Services
from shared.roles import is_guid

NO_SUCH_OBJECT = Unknown(
    "Microsoft Entra ID has no object of this id, so it is in no group that could be read", "NotFound"
)
_DENY_READ = "Microsoft.Authorization/denyAssignments/read"
_ROLE_READ = "Microsoft.Authorization/roleDefinitions/read"


async def access(services: Services, account: ResourceId, principal_id: str) -> Effective:
    """What the principal of this object id can do on the account: its roles, deny assignments, and what results.

    Three rounds of calls, side by side in each: the account, its role and deny assignments and who the principal is (six
    calls and a row of a table); its groups (two); the definitions of the roles it has, kept for an hour, and the groups
    between it and those that have them (one call each, a round more for each further level of nesting). Where the groups may
    not be read, Azure is asked which assignments are the principal's (one call). What the app may not read besides is Unknown.

    Raises NotFoundError for an account that does not exist and for a principal that neither Microsoft Entra ID nor any role
    assignment knows, PermanentError for what is no object id, DeniedError where the account or its role assignments may not
    be read, TemporaryError ("What is Azure role-based access control"; "List Azure role assignments").
    """
    wanted = principal_id.strip().lower()
    if not is_guid(wanted):
        raise PermanentError(
            f"'{principal_id[:100]}' is not an object id; give the GUID that Microsoft Entra ID shows as Object ID",
            code="InvalidPrincipalId",
        )
    first = await _first_round(services, account, wanted)
    second = await _second_round(services, first)
    return evaluated(await _third_round(services, second))


async def readable[T](reading: Awaitable[T], permission: str = "") -> T | Unknown:
    """What was read, or Unknown where the app may not; what fails for now, or is not there, raises."""
    try:
        return await reading
    except DeniedError as error:
        return Unknown(str(error), error.code, permission=error.action or permission)


async def _first_round(services: Services, account: ResourceId, wanted: str) -> Seen:
    account_read = asyncio.ensure_future(services.accounts.get(account))
    roles_read = asyncio.ensure_future(services.assignments.list_at_or_above(account.text))
    denials_read = asyncio.ensure_future(readable(services.denials.list_at_or_above(account.text), _DENY_READ))
    principal_read = asyncio.ensure_future(readable(_principal(services, wanted)))
    record_read = asyncio.ensure_future(services.records.get(account))
    reads = (account_read, roles_read, denials_read, principal_read, record_read)
    await asyncio.gather(*reads, return_exceptions=True)  # so that none is under way any more where one has failed
    principal = principal_read.result()
    seen = Seen(
        principal_id=wanted,
        account=account_read.result(),
        principal=principal,
        membership=NO_SUCH_OBJECT if isinstance(principal, Principal) else principal,
        assignments=roles_read.result(),
        denials=denials_read.result(),
        arriving=record_read.result().arriving,
    )
    if _is_nowhere(seen):
        raise await _not_found(services, wanted)
    return seen


def _is_nowhere(seen: Seen) -> bool:
    """True where neither Microsoft Entra ID nor a role assignment knows the id."""
    is_gone = isinstance(seen.principal, Principal) and seen.principal.exists is Answer.NO
    return is_gone and not any(each.principal_id == seen.principal_id for each in seen.assignments)


async def _principal(services: Services, wanted: str) -> Principal:
    try:
        return await services.principals.get(wanted)
    except NotFoundError:
        return Principal(wanted, PrincipalKind.UNKNOWN, exists=Answer.NO)


async def _not_found(services: Services, wanted: str) -> NotFoundError:
    """What to say of an id that nothing knows: often it is an application's client id."""
    message = f"no user, group or service principal has the object id {wanted}, and no role assignment names it"
    try:
        meant = await services.principals.behind_client_id(wanted)
    except PermanentError:
        return NotFoundError(message, code="PrincipalNotFound")
    return NotFoundError(
        f"{wanted} is the client id of '{meant.name}'; roles are held by its service principal, so ask for object id {meant.id}",
        code="PrincipalNotFound",
    )


async def _second_round(services: Services, seen: Seen) -> Seen:
    """With the groups, or with what Azure says where they may not be read."""
    principal = seen.principal
    if isinstance(principal, Principal) and principal.exists is Answer.NO:
        return seen
    if isinstance(principal, Principal):
        seen = replace(seen, membership=await readable(services.principals.membership(principal)))
    if not isinstance(seen.membership, Unknown) or seen.kind is PrincipalKind.GROUP:
        return seen
    return replace(seen, assigned=await _assigned(services, seen))


async def _assigned(services: Services, seen: Seen) -> frozenset[str] | None:
    """The names of the assignments that Azure says are the principal's; None where it says so of no such id."""
    try:
        found = await services.assignments.list_for(seen.account.id.text, seen.principal_id)
    except PermanentError:
        return None
    return frozenset(each.name for each in found)


async def _third_round(services: Services, seen: Seen) -> Seen:
    """With the definitions of the roles that are held, and the groups between."""
    held = seen.held()
    roles = sorted({each.role for each in held})
    definitions, inner = await asyncio.gather(
        readable(services.definitions.named(seen.account.id.subscription, roles), _ROLE_READ),
        _inner(services, seen, frozenset(each.principal_id for each in held) - {seen.principal_id}),
    )
    return replace(seen, definitions=definitions, inner=inner)


async def _inner(services: Services, seen: Seen, roots: frozenset[str]) -> Inner | Unknown:
    if isinstance(seen.membership, Unknown) or seen.membership.direct is None:
        return {}
    return await readable(inner_groups(roots, seen.membership, services.principals.groups_in))
