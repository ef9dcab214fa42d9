"""The `$filter`s of Microsoft.Authorization, each exactly in the forms its documents name.

Azure REST: Role Assignments - List For Scope, Role Definitions - List, Deny Assignments - List.
"""

import re
from dataclasses import dataclass

from simulator.authorization import errors, scopes

_CLAUSE = re.compile(
    r"""\s*(?:
        (?P<at_scope>atScope\(\s*\))
      | (?P<and_below>atScopeAndBelow\(\s*\))
      | (?P<name>principalId|denyAssignmentName|roleName|type)\s+eq\s+'(?P<value>(?:[^']|'')*)'
      | assignedTo\(\s*'(?P<assigned>[^']*)'\s*\)
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AND = re.compile(r"\band\b(?=(?:[^']*'[^']*')*[^']*$)", re.IGNORECASE)  # not inside quotes


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked for; names of comparisons are in lower case, None where nothing was."""

    at_scope: bool = False
    and_below: bool = False
    principal: str | None = None
    assigned_to: str | None = None
    deny_name: str | None = None
    role_name: str | None = None
    role_type: str | None = None


_FIELDS = {
    "principalid": "principal",
    "denyassignmentname": "deny_name",
    "rolename": "role_name",
    "type": "role_type",
}


def for_assignments(sent: str, scope: str) -> Filter:
    """`atScope()`, `principalId eq '…'`, `assignedTo('…')`, or the first with one of the others; raises 400 for the rest."""
    found = _parsed(sent, {"at_scope", "principal", "assigned_to"})
    ids = [each for each in (found.principal, found.assigned_to) if each is not None]
    if len(ids) > 1 or any(scopes.guid(each) is None for each in ids):
        raise errors.unsupported_filter(sent)
    if scope == scopes.ROOT and found == Filter():
        raise errors.unsupported_filter(sent)  # the tenant's root is never listed with all that lies below
    return found


def for_definitions(sent: str) -> Filter:
    """`roleName eq '…'`, `type eq '…'`, `atScopeAndBelow()`, `atScope()`, joined by `and`; raises 400 for the rest."""
    return _parsed(sent, {"at_scope", "and_below", "role_name", "role_type"})


def for_denials(sent: str) -> Filter:
    """`atScope()`, `denyAssignmentName eq '…'`, `principalId eq '…'`; raises 400 for the rest."""
    return _parsed(sent, {"at_scope", "deny_name", "principal"})


def _parsed(sent: str, allowed: set[str]) -> Filter:
    if not sent.strip():
        return Filter()
    asked: dict[str, object] = {}
    for clause in _AND.split(sent):
        found = _CLAUSE.fullmatch(clause)
        if not found:
            raise errors.unsupported_filter(sent)
        asked |= _clause(found)
    if not asked.keys() <= allowed:
        raise errors.unsupported_filter(sent)
    return Filter(**asked)  # type: ignore[arg-type]  # the keys are its fields


def _clause(found: re.Match[str]) -> dict[str, object]:
    if found["name"]:
        return {_FIELDS[found["name"].lower()]: found["value"].replace("''", "'")}
    if found["assigned"] is not None:
        return {"assigned_to": found["assigned"]}
    return {"at_scope": True} if found["at_scope"] else {"and_below": True}
