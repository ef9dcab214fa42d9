"""The values the domain speaks in. Azure SDK objects never leave `shared/sdk`; these do."""

from shared.models.access import Group, GroupAnswer, GroupRef, RoleAssignment, RoleGrant
from shared.models.accounts import OPEN, Account, AccountFacts, AccountRecord, Proof
from shared.models.connections import Connection, Pointing
from shared.models.exposures import Act, Arrival, Caller, Exposure, ExposureKind
from shared.models.keys import Fingerprints, KeyName, KeyUse, VaultSecret
from shared.models.knowledge import NOT_READ, Entry, Milestone, StepFailure, Unknown, unread
from shared.models.work import GroupItem, Item, OwnerItem, RollbackItem, SecretItem, WorkItem

__all__ = [
    "NOT_READ",
    "OPEN",
    "Account",
    "AccountFacts",
    "AccountRecord",
    "Act",
    "Arrival",
    "Caller",
    "Connection",
    "Entry",
    "Exposure",
    "ExposureKind",
    "Fingerprints",
    "Group",
    "GroupAnswer",
    "GroupItem",
    "GroupRef",
    "Item",
    "KeyName",
    "KeyUse",
    "Milestone",
    "OwnerItem",
    "Pointing",
    "Proof",
    "RoleAssignment",
    "RoleGrant",
    "RollbackItem",
    "SecretItem",
    "StepFailure",
    "Unknown",
    "VaultSecret",
    "WorkItem",
    "unread",
]
