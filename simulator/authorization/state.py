"""Who may do what in the tenant: role definitions, role assignments, deny assignments, and the checks over them."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.authorization import errors, scopes
from simulator.authorization.assignments import TYPE, DenyAssignment, RoleAssignment
from simulator.authorization.built_in import BUILT_IN
from simulator.authorization.conditions import Attributes
from simulator.authorization.definitions import Permission, RoleDefinition
from simulator.authorization.evaluate import Question, Verdict, judged
from simulator.checks import note
from simulator.sign_in.tokens import Identity
from simulator.wire import Call, Json

if TYPE_CHECKING:
    from simulator.azure import Azure


class Authorization:
    """`management_groups` maps a subscription to the scope of its management group; every one is in the tenant's root group."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.definitions: dict[str, RoleDefinition] = {each.id: each for each in BUILT_IN}
        self.assignments: dict[str, RoleAssignment] = {}  # by name
        self.denials: list[DenyAssignment] = []
        self.management_groups: dict[str, str] = {}
        self.identical_put_conflicts = False  # True: 409 for a PUT that changes nothing, as some callers of Azure saw
        self._by_scope: dict[str, dict[str, RoleAssignment]] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._removed: list[RoleAssignment] = []
        self._number = 0

    # checks

    def require(self, identity: Identity, action: str, scope: str, call: Call) -> Verdict:
        """The verdict that lets a control plane call through; raises the 403 that says what is in the way.

        Assignments count at once. A body that is no JSON object is answered 400 before a condition can look into it.
        """
        verdict = self.decided(identity.object_id, action, scope, self._attributes_of(action, scope, call))
        if verdict.denied_by:
            denial = verdict.denied_by
            raise errors.denied(identity, action, scope, by=denial.name, by_id=denial.id, at=denial.scope)
        if not verdict.allowed:
            raise errors.authorization_failed(identity, action, scope, condition_failed=verdict.condition_failed)
        return verdict

    def decided(self, object_id: str, action: str, scope: str, attributes: Attributes | None = None) -> Verdict:
        """The control plane's verdict; without `attributes` a condition finds none."""
        principals = self._with_groups(object_id)
        question = Question(principals, action, scope, attributes or _nothing)
        verdict = judged(question, self._granted(principals, scope), self._denials_above(scope))
        note(object_id, "action", (action,), allowed=verdict.allowed)
        return verdict

    def allows_data(self, object_id: str, data_action: str, scope: str) -> bool:
        """True where the data plane lets it through: it learns of assignments made and removed late (knob role_propagation)."""
        principals = self._with_groups(object_id)
        now, lag = self.azure.clock.now(), timedelta(seconds=self.azure.knobs.role_propagation)
        known = [
            pair for pair in self._granted(principals, scope, self._removed) if _known_to_data_plane(pair[0], now, lag)
        ]
        question = Question(principals, data_action, scope, _nothing, data=True)
        allowed = judged(question, known, self._denials_above(scope)).allowed
        note(object_id, "dataAction", (data_action,), allowed=allowed)
        return allowed

    def evidence(self, verdict: Verdict) -> Json:
        """Why an action was allowed, as Event Grid and the activity log tell it; empty where no role had to allow it.

        Of a caller who has the role by a group it names the group ("Azure subscription as an Event Grid source").
        """
        found = verdict.allowed_by
        if found is None:
            return {}
        return {
            "role": self.definitions[found.role].name,
            "roleAssignmentScope": found.scope,
            "roleAssignmentId": scopes.bare(found.name),
            "roleDefinitionId": scopes.bare(found.role),
            "principalId": scopes.bare(found.principal_id),
            "principalType": found.principal_type,
        }

    def permissions_of(self, object_id: str, scope: str) -> list[Permission]:
        """What a principal's roles at or above a scope hold together (Azure REST: Permissions)."""
        granted = self._granted(self._with_groups(object_id), scope)
        return [each for _, role in granted for each in role.permissions]

    def sees_subscription(self, identity: Identity, subscription_id: str) -> bool:
        """True where the caller has any role in force at the subscription or anywhere below it."""
        scope, principals = f"/subscriptions/{subscription_id.lower()}", self._with_groups(identity.object_id)
        found = (*self._above(scope), *self.below(scope))
        return any(each.principal_id in principals for each in found)

    # seeding

    def grant(self, scope: str, principal_id: str, role: str, *, condition: str | None = None) -> RoleAssignment:
        """Assigns a role without any check; every plane knows it at once."""
        now = self.azure.clock.now()
        return self.add(
            RoleAssignment(
                str(uuid.uuid4()),
                scopes.cleaned(scope),
                role.lower(),
                principal_id.lower(),
                self.azure.directory.principal_type(principal_id) or "User",
                now,
                now,
                condition=condition,
                condition_version="2.0" if condition else None,
                at_once=True,
            )
        )

    def define_role(
        self,
        name: str,
        *,
        id: str,  # noqa: A002  # Azure's word
        actions: Iterable[str],
        not_actions: Iterable[str] = (),
        data_actions: Iterable[str] = (),
        not_data_actions: Iterable[str] = (),
        assignable_scopes: Iterable[str] = ("/",),
    ) -> RoleDefinition:
        """Adds a custom role that can be assigned at once."""
        now = self.azure.clock.now()
        permission = Permission(tuple(actions), tuple(not_actions), tuple(data_actions), tuple(not_data_actions))
        made = RoleDefinition(
            id.lower(), name, (permission,), assignable_scopes=tuple(assignable_scopes), created=now, updated=now
        )
        self.definitions[made.id] = made
        return made

    def deny(self, denial: DenyAssignment) -> DenyAssignment:
        """Adds a deny assignment; Azure makes them itself, so no route does."""
        self.denials.append(denial)
        return denial

    def forget_below(self, scope: str) -> None:
        """Drops the assignments at and below a deleted resource, on every plane at once, without events."""
        top = scopes.cleaned(scope)
        for each in [each for each in self.assignments.values() if scopes.at_or_below(each.scope, top)]:
            self._drop(each)
        self._removed = [each for each in self._removed if not scopes.at_or_below(each.scope, top)]

    # the table

    def add(self, assignment: RoleAssignment) -> RoleAssignment:
        """Puts an assignment into the table, in place of one of the same name."""
        known = self.assignments.get(assignment.name)
        if known is None:
            self._number += 1
        stored = replace(assignment, number=known.number if known else self._number)
        self.assignments[stored.name] = stored
        self._by_scope.setdefault(stored.scope.lower(), {})[stored.name] = stored
        self._names[stored.key] = stored.name
        return stored

    def remove(self, assignment: RoleAssignment) -> None:
        """Takes an assignment out; the data plane forgets it later."""
        self._drop(assignment)
        self._removed.append(replace(assignment, removed=self.azure.clock.now()))

    def equal_to(self, assignment: RoleAssignment) -> RoleAssignment | None:
        """The assignment of the same role to the same principal at the same scope, under any name."""
        name = self._names.get(assignment.key)
        return self.assignments[name] if name else None

    def at_or_above(self, scope: str) -> list[RoleAssignment]:
        """The assignments in force at a scope, inherited ones included, in order of creation."""
        return sorted(self._above(scope), key=lambda each: each.number)

    def below(self, scope: str) -> list[RoleAssignment]:
        """The assignments strictly below a scope, in order of creation."""
        above = set(self.line(scope))
        return [
            each
            for each in self.assignments.values()
            if each.scope.lower() not in above and self._within(each.scope, scope)
        ]

    def line(self, scope: str) -> list[str]:
        """The scopes at or above a scope, management groups included, in lower case."""
        found = scopes.chain(scope)
        if subscription := scopes.subscription_of(scope):
            root_group = scopes.MANAGEMENT_GROUPS + self.azure.directory.tenant.lower()
            found += [root_group, self.management_groups.get(subscription, root_group).lower()]
        return list(dict.fromkeys(found))

    def uses(self, role: str) -> bool:
        """True where some assignment names the role."""
        return any(each.role == role for each in self.assignments.values())

    def in_subscription(self, subscription: str) -> int:
        """How many assignments count towards a subscription's limit."""
        return sum(1 for each in self.assignments.values() if scopes.subscription_of(each.scope) == subscription)

    def _within(self, scope: str, top: str) -> bool:
        group = top.lower().startswith(scopes.MANAGEMENT_GROUPS)
        return top.lower() in self.line(scope) if group else scopes.at_or_below(scope, top)

    def _drop(self, assignment: RoleAssignment) -> None:
        self.assignments.pop(assignment.name, None)
        self._by_scope.get(assignment.scope.lower(), {}).pop(assignment.name, None)
        self._names.pop(assignment.key, None)

    def _above(self, scope: str) -> Iterator[RoleAssignment]:
        for each in self.line(scope):
            yield from self._by_scope.get(each, {}).values()

    def _granted(
        self, principals: set[str], scope: str, more: Iterable[RoleAssignment] = ()
    ) -> Iterator[tuple[RoleAssignment, RoleDefinition]]:
        line = set(self.line(scope))
        gone = (each for each in more if each.scope.lower() in line)
        for each in (*self._above(scope), *gone):
            if each.principal_id in principals and (role := self.definitions.get(each.role)):
                yield each, role

    def _denials_above(self, scope: str) -> list[DenyAssignment]:
        line = set(self.line(scope))
        return [each for each in self.denials if each.scope.lower() in line]

    def _with_groups(self, object_id: str) -> set[str]:
        return {object_id.lower()} | self.azure.directory.groups_of(object_id)

    def _attributes_of(self, action: str, scope: str, call: Call) -> Attributes:
        """What conditions can ask about a role assignment: the one that is sent, the one that is there."""
        if not action.lower().startswith(f"{TYPE}/".lower()):
            return _nothing

        def look_up(source: str, name: str) -> tuple[str, ...]:
            if source == "request" and action.lower().endswith("/write"):
                return _sent(call.json(), name)
            existing = self.assignments.get(scope.rpartition("/")[2].lower())
            if source != "resource" or existing is None:
                return ()
            return _value(name, existing.role, existing.principal_id, existing.principal_type)

        return look_up


def _nothing(_source: str, _name: str) -> tuple[str, ...]:
    return ()


def _sent(body: Json, name: str) -> tuple[str, ...]:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        return ()
    role = str(properties.get("roleDefinitionId") or "").rpartition("/")[2]
    return _value(name, role, properties.get("principalId"), properties.get("principalType"))


def _value(name: str, role: object, principal: object, principal_type: object) -> tuple[str, ...]:
    found = {"roledefinitionid": role, "principalid": principal, "principaltype": principal_type}.get(
        name.rpartition(":")[2]
    )
    return (found,) if isinstance(found, str) and found else ()


def _known_to_data_plane(assignment: RoleAssignment, now: datetime, lag: timedelta) -> bool:
    learned = assignment.at_once or now >= assignment.created + lag
    return learned and (assignment.removed is None or now < assignment.removed + lag)
