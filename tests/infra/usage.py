"""What the app has used of what infra gives it, from the checks that a run of tests leaves beside its traffic."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from simulator.authorization.built_in import BUILT_IN
from simulator.authorization.definitions import RoleDefinition
from simulator.checks import Check
from simulator.company.identities import UNKEYED
from simulator.company.table import Role, Table

ASSIGNMENTS = "microsoft.authorization/roleassignments/"
# Microsoft Graph permissions reference: the least that a call takes comes first
_NARROWEST_FIRST = ("GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Application.Read.All")
_BUILT_IN = {each.id: each for each in BUILT_IN}


class Used(NamedTuple):
    """A check of the app's, and one of the calls that it was for."""

    check: Check
    call: str


def used_by_the_app(folder: Path) -> Iterator[Used]:
    """Every right that some call of the app's needed, each as often as simulators wrote it down."""
    for path in folder.glob("checks/*.jsonl"):
        for line in path.read_text().splitlines():
            found = json.loads(line)
            if found["caller"] == UNKEYED.id:
                yield Used(
                    Check(found["caller"], found["kind"], tuple(found["needs"]), found["allowed"]), found["call"]
                )


def missing(used: Iterable[Used], table: Table) -> list[str]:
    """The rights that calls needed and no row of the table gives, each with such a call.

    Of the administrator of assignments only what it says of those counts: what the app reads, its own roles have to name.
    """
    lacking = {each.check.needs: each.call for each in used if not _is_given(each.check, table)}
    return [f"{' or '.join(needs)}: {call}" for needs, call in sorted(lacking.items())]


def unused(used: Iterable[Used], table: Table) -> set[str]:
    """What the table gives and no call needed: actions of custom roles, built-in roles by their keys, Graph permissions."""
    allowed = [each.check for each in used if each.check.allowed]
    needed = {each.needs[0].lower() for each in allowed if each.kind != "graph"}
    actions = {each for each in table.actions if each.lower() not in needed}
    roles = {each.key for each in table.roles if each.built_in and not any(_is_of(each, check) for check in allowed)}
    return actions | roles | (table.graph - {_least(each, table) for each in allowed if each.kind == "graph"})


def _is_given(check: Check, table: Table) -> bool:
    if check.kind == "graph":
        return bool(table.graph & set(check.needs))
    return any(_is_of(each, check) for each in table.roles)


def _is_of(role: Role, check: Check) -> bool:
    """True where the role gives what was needed."""
    if check.kind == "graph":
        return False
    action, data = check.needs[0].lower(), check.kind == "dataAction"
    if role.key == "assigner":
        return not data and action.startswith(ASSIGNMENTS) and _covers(_BUILT_IN[role.built_in], action, data=False)
    if role.built_in:
        return _covers(_BUILT_IN[role.built_in], action, data=data)
    return action in {each.lower() for each in (role.data_actions if data else role.actions)}


def _covers(role: RoleDefinition, action: str, *, data: bool) -> bool:
    return any(each.covers(action, data=data) for each in role.permissions)


def _least(check: Check, table: Table) -> str:
    """The narrowest permission that the app has and that was enough."""
    return next((each for each in _NARROWEST_FIRST if each in check.needs and each in table.graph), "")
