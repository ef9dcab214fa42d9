"""What was read about one principal and one account, for the evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.models import (
    Account,
    Arrival,
    DenyAssignment,
    Membership,
    Principal,
    PrincipalKind,
    RoleAssignment,
    RoleDefinition,
    Unknown,
)
from shared.road.access.chains import Inner
from shared.road.grants import reaches


@dataclass(frozen=True, slots=True)
class Seen:
    """`assignments` are all that are in force on the account. Where the groups could not be read, `assigned` are the names of
    those that Azure itself says are the principal's, None where it was not asked. `inner` are the groups in groups that hold
    roles. A definition that is not there was removed.
    """

    principal_id: str
    account: Account
    principal: Principal | Unknown
    membership: Membership | Unknown
    assignments: tuple[RoleAssignment, ...] = ()
    denials: tuple[DenyAssignment, ...] | Unknown = ()
    assigned: frozenset[str] | None = None
    inner: Inner | Unknown = field(default_factory=dict)
    definitions: Mapping[str, RoleDefinition] | Unknown = field(default_factory=dict)
    arriving: tuple[Arrival, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The principal's own id and those of its groups, as far as they are known."""
        groups = () if isinstance(self.membership, Unknown) else self.membership.groups
        return frozenset((self.principal_id, *groups))

    @property
    def kind(self) -> PrincipalKind:
        return PrincipalKind.UNKNOWN if isinstance(self.principal, Unknown) else self.principal.kind

    def held(self) -> tuple[RoleAssignment, ...]:
        """The assignments that are in force for the principal on the account."""
        assigned, ids = self.assigned or frozenset(), self.ids
        return tuple(
            each
            for each in self.assignments
            if reaches(each, self.account) and (each.principal_id in ids or each.name in assigned)
        )
