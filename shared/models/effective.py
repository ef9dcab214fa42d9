"""What a principal can do on an account, by which roles, and from when: what "View my access" shows, and what it leaves out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from shared.models.accounts import Account
from shared.models.knowledge import Unknown

type How = Literal["direct", "inherited"]


class Answer(StrEnum):
    """What is known. Nothing that could not be read is ever a no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class PrincipalKind(StrEnum):
    """What a role can be assigned to; `unknown` where Microsoft Entra ID does not say, or the app may not read it."""

    USER = "user"
    GROUP = "group"
    SERVICE_PRINCIPAL = "servicePrincipal"
    MANAGED_IDENTITY = "managedIdentity"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asked about. `exists` is no where Microsoft Entra ID has no such object (the portal's "Identity not found")."""

    id: str
    kind: PrincipalKind
    name: str = ""
    exists: Answer = Answer.YES


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """A group by object id, and by name where it could be read."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The groups a principal is in, through nested groups too, by id; and those of them it is in itself, None if unread."""

    groups: Mapping[str, NamedGroup]
    direct: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions and data actions with wildcards, and what is taken out of them again ("Understand Azure role definitions")."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def covers(self, action: str) -> bool:
        """True where this action of the control plane is in it."""
        return _holds(self.actions, action) and not _holds(self.not_actions, action)

    def covers_data(self, data_action: str) -> bool:
        """True where this data action is in it."""
        return _holds(self.data_actions, data_action) and not _holds(self.not_data_actions, data_action)


def _holds(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*"), action, re.IGNORECASE) is not None for each in patterns
    )


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role, by GUID (REST: Role Definitions - Get)."""

    id: str
    name: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """What some principals may not do, whatever roles they have (REST: Deny Assignments - Get). Ids are lower case."""

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    principals: frozenset[str]
    excluded: frozenset[str] = frozenset()
    spares_children: bool = False
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One role assignment that is in force for the principal on the account.

    `through` are the groups by which it is held, that which has the role first and that which the principal is in last;
    empty where it is the principal's own. `chain_known` is False where groups between are missing. `permissions` is
    Unknown where the role's definition could not be read. `effective_from` is an estimate, `estimate` says of what.
    """

    role: str
    role_name: str
    scope: str
    how: How
    assignment_id: str
    permissions: tuple[Permission, ...] | Unknown
    shows_keys: Answer = Answer.UNKNOWN
    through: tuple[NamedGroup, ...] = ()
    chain_known: bool = True
    condition: str = ""
    created_at: datetime | None = None
    effective_from: datetime | None = None
    estimate: str = ""

    @property
    def data_actions(self) -> tuple[str, ...]:
        """The patterns of data actions that the role holds, before what is taken out of them."""
        return () if isinstance(self.permissions, Unknown) else _joined(each.data_actions for each in self.permissions)

    @property
    def not_data_actions(self) -> tuple[str, ...]:
        if isinstance(self.permissions, Unknown):
            return ()
        return _joined(each.not_data_actions for each in self.permissions)


def _joined(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


@dataclass(frozen=True, slots=True)
class Denial:
    """A deny assignment that stands, or may stand, before the principal's roles. `applies` is never no; `reason` says why."""

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    applies: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that consumers of the account do, the data action it takes, and whether the principal may."""

    what: str
    data_action: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Effective:
    """All that a principal can do on an account, as far as it could be read.

    `may_infer` is of any call of a model; `may_list_keys` is what roles allow: with `key_access_off` no key can be listed
    all the same. `effective_from` is an estimate of when the first role that lets the principal infer is known to the data
    plane, None where no role surely does, or Azure does not tell. `may_hold_more` and `may_be_denied` say why there may be
    more roles or deny assignments than are named here, empty where all were read; `unread` are the reads that failed, and
    `notes` what a reader should know besides.
    """

    principal: Principal
    account: Account
    holdings: tuple[Holding, ...] = ()
    denials: tuple[Denial, ...] = ()
    may_infer: Answer = Answer.UNKNOWN
    may_list_keys: Answer = Answer.UNKNOWN
    key_access_off: bool = False
    abilities: tuple[Ability, ...] = ()
    effective_from: datetime | None = None
    may_hold_more: str = ""
    may_be_denied: str = ""
    unread: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether a principal may do one thing, why, and by which role; `denial` is what stands or may stand before it."""

    answer: Answer
    reason: str
    holding: Holding | None = None
    denial: Denial | None = None
