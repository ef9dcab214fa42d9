"""The steps an account's road is made of, as frozen values. `doing/` takes them, `words.py` says them, the ledger keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from shared.models import Account, Entry, KeyName, Milestone, RoleAssignment, RoleGrant, VaultSecret


@dataclass(frozen=True, slots=True)
class SetSubdomain:
    """Gives the account a custom subdomain, without which no token is taken. It has no inverse: Azure never changes one."""

    name: str

    milestone = Milestone.READY

    @property
    def target(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Gives a principal a role on the account. Inverse: RemoveAssignment."""

    grant: RoleGrant
    group_name: str = ""

    milestone = Milestone.GRANTED

    @property
    def target(self) -> str:
        return self.grant.name


@dataclass(frozen=True, slots=True)
class RemoveAssignment:
    """Takes back an assignment the app made that the policy no longer asks for. Inverse: AssignRole."""

    assignment: RoleAssignment

    milestone = Milestone.GRANTED

    @property
    def target(self) -> str:
        return self.assignment.name


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks the account's own endpoint with a token. Changes nothing."""

    account: Account

    milestone = Milestone.PROVEN

    @property
    def target(self) -> str:
        return self.account.endpoint or ""


@dataclass(frozen=True, slots=True)
class SwitchConnection:
    """Has a connection sign in with Entra ID. Inverse: RestoreConnection.

    `begun` is the ledger's entry of the same step that a dead worker left half done.
    """

    connection: str
    begun: Entry | None = None

    milestone = Milestone.CONNECTED

    @property
    def target(self) -> str:
        return self.connection


@dataclass(frozen=True, slots=True)
class RestoreConnection:
    """Has a connection sign in with the account's key again, as it was `before`. Inverse: SwitchConnection."""

    connection: str
    before: Mapping[str, Any]
    begun: Entry | None = None

    milestone = Milestone.CONNECTED

    @property
    def target(self) -> str:
        return self.connection


@dataclass(frozen=True, slots=True)
class PublishKey:
    """Writes one of the account's keys, as it is, to the secret its consumers read. Inverse: WithdrawKey, or itself
    with the key that was there before."""

    vault: str
    secret: str
    key: KeyName
    expires: datetime | None
    replaces: KeyName | None = None

    milestone = Milestone.REVOKED

    @property
    def target(self) -> str:
        return self.secret


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Gives the account a new key in place of the one nobody holds, tries it, and writes it to the secret.

    Inverse: PublishKey of the key that consumers had before, which this leaves alone. `begun` as in SwitchConnection.
    """

    vault: str
    secret: str
    key: KeyName
    expires: datetime | None
    begun: Entry | None = None

    milestone = Milestone.REVOKED

    @property
    def target(self) -> str:
        return self.secret


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Gives the account a new key that nobody is told; every copy of the old one is dead. Its inverse is RevokeKey:
    an old key never comes back."""

    key: KeyName

    milestone = Milestone.REVOKED

    @property
    def target(self) -> str:
        return self.key.value


@dataclass(frozen=True, slots=True)
class DisableLocalAuth:
    """Has the account take no keys any more. Inverse: EnableLocalAuth."""

    vault: str | None = None

    milestone = Milestone.SEALED

    @property
    def target(self) -> str:
        return "local auth"


@dataclass(frozen=True, slots=True)
class EnableLocalAuth:
    """Has the account take keys again; both are made new at once where copies of them may be about. Inverse: DisableLocalAuth."""

    revoke: bool
    vault: str | None = None
    begun: Entry | None = None

    milestone = Milestone.SEALED

    @property
    def target(self) -> str:
        return "local auth"


@dataclass(frozen=True, slots=True)
class TryKey:
    """Calls a sealed account with a key until it is refused. Changes nothing."""

    vault: str | None
    secret: VaultSecret | None

    milestone = Milestone.SEALED

    @property
    def target(self) -> str:
        return "key"


@dataclass(frozen=True, slots=True)
class WithdrawKey:
    """Has the vault give out the secret no longer: the key in it opens nothing. Inverse: PublishKey."""

    vault: str
    secret: str

    milestone = Milestone.SEALED

    @property
    def target(self) -> str:
        return self.secret


type Look = Probe | TryKey
type Change = (
    SetSubdomain
    | AssignRole
    | RemoveAssignment
    | SwitchConnection
    | RestoreConnection
    | PublishKey
    | RotateKey
    | RevokeKey
    | DisableLocalAuth
    | EnableLocalAuth
    | WithdrawKey
)
type Step = Look | Change


# The milestone of each kind of change, by the kind's name as the ledger has it
MILESTONES: Mapping[str, Milestone] = {each.__name__: each.milestone for each in get_args(Change.__value__)}


def way_back(entry: Entry) -> "RestoreConnection | EnableLocalAuth | None":
    """The step that finishes a way back which was left half done; None where the entry is of none."""
    match entry.step["kind"]:
        case "EnableLocalAuth":
            return EnableLocalAuth(revoke=True, vault=entry.step["vault"], begun=entry)
        case "RestoreConnection":
            return RestoreConnection(entry.step["connection"], entry.step["before"], entry)
        case _:
            return None


def as_data(step: Change) -> dict[str, Any]:  # noqa: C901  # one line for each kind of step
    """The step as the ledger keeps it: all that its inverse needs, and no secret. `name` tells it from others of a pass."""
    kind = {"kind": type(step).__name__}
    match step:
        case SetSubdomain(name):
            return {**kind, "name": name}
        case AssignRole(grant, group_name):
            return {**kind, **_grant_data(grant), "group": group_name, "description": grant.description}
        case RemoveAssignment(assignment):
            return {**kind, **_grant_data(assignment), "description": assignment.description}
        case SwitchConnection(connection) | RestoreConnection(connection):
            return {**kind, "name": connection.rpartition("/")[2], "connection": connection}
        case PublishKey() | RotateKey():
            replaces = step.replaces if isinstance(step, PublishKey) else step.key.other
            return {**kind, "name": step.secret, "vault": step.vault, "key": step.key, "replaces": replaces}
        case RevokeKey(key):
            return {**kind, "name": key.value, "key": key}
        case DisableLocalAuth(vault):
            return {**kind, "name": "local-auth", "vault": vault}
        case EnableLocalAuth(revoke, vault):
            return {**kind, "name": "local-auth", "vault": vault, "revoke": revoke}
        case WithdrawKey(vault, secret):
            return {**kind, "name": secret, "vault": vault}


def _grant_data(made: RoleGrant | RoleAssignment) -> dict[str, Any]:
    return {
        "scope": made.scope,
        "name": made.name,
        "principalId": made.principal_id,
        "principalType": made.principal_type,
        "role": made.role,
    }
