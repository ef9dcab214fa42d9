"""The decision whether a principal may do something: deny assignments, then roles, then conditions.

Azure: What is Azure RBAC, "How Azure RBAC determines if a user has access to a resource".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.authorization import conditions
from simulator.authorization.assignments import DenyAssignment, RoleAssignment
from simulator.authorization.conditions import Attributes
from simulator.authorization.definitions import RoleDefinition


@dataclass(frozen=True, slots=True)
class Question:
    """May one of `principals` (a caller and their groups) do `action` at `scope`?"""

    principals: set[str]
    action: str
    scope: str
    attributes: Attributes
    data: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allowed_by`: the assignment that allows it; `denied_by`: the deny assignment that beats it all the same."""

    allowed_by: RoleAssignment | None = None
    denied_by: DenyAssignment | None = None
    condition_failed: bool = False

    @property
    def allowed(self) -> bool:
        return self.allowed_by is not None and self.denied_by is None


def judged(
    question: Question,
    assignments: Iterable[tuple[RoleAssignment, RoleDefinition]],
    denials: Iterable[DenyAssignment],
) -> Verdict:
    """The verdict over the assignments and denials in force at or above the question's scope."""
    failed = False
    for assignment, role in assignments:
        covering = [each for each in role.permissions if each.covers(question.action, data=question.data)]
        if not covering:
            continue
        texts = [(assignment.condition, each.condition) for each in covering]
        if any(_hold(pair, question) for pair in texts):
            return Verdict(assignment, _denial(question, denials))
        failed = True
    return Verdict(condition_failed=failed)


def _hold(texts: tuple[str | None, ...], question: Question) -> bool:
    return all(
        conditions.holds(conditions.parsed(each), question.action, question.attributes) for each in texts if each
    )


def _denial(question: Question, denials: Iterable[DenyAssignment]) -> DenyAssignment | None:
    return next(
        (
            each
            for each in denials
            if each.hits(question.principals, question.action, question.scope, data=question.data)
        ),
        None,
    )
