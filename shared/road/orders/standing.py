"""How far a policy speaks for an order: the rule it is judged by, and why the account takes no such order at all. Pure.

An admin may make keys die, turn key access off or on and undo on any account, also one that is exempt or that no rule is
for: these only take away what keys open, under the same evidence, or give back what the app has taken.
"""

from collections.abc import Mapping
from typing import Any

from shared.models import Account, Milestone
from shared.models.orders import Order, OrderKind
from shared.road.match import Coverage
from shared.road.policy import Match, Policy, Rule
from shared.road.verdict import Blocker

ON_ANY_ACCOUNT = frozenset({OrderKind.REVOKE, OrderKind.SEAL, OrderKind.UNSEAL, OrderKind.ROLL_BACK})
# The first milestone that each kind of order works on: of an account that is stopped before it, it is refused
_WORKS_ON: Mapping[OrderKind, Milestone] = {
    OrderKind.GRANT: Milestone.GRANTED,
    OrderKind.SWITCH: Milestone.CONNECTED,
    OrderKind.SEAL: Milestone.SEALED,
}
_TO_THE_END: Mapping[str, Any] = {"goal": Milestone.SEALED}
# How an order has the account's rule read, so that all it depends on is observed and judged
_READ_AS: Mapping[OrderKind, Mapping[str, Any]] = {
    OrderKind.SWITCH: {"connections": "entra", **_TO_THE_END},
    OrderKind.ROTATE: _TO_THE_END,
    OrderKind.REVOKE: _TO_THE_END,
    OrderKind.SEAL: _TO_THE_END,
}
_ANY = Rule(name="none", match=Match(), goal=Milestone.SEALED)
# A key that must die at once does not wait for the next hour; it is counted all the same
_UNLIMITED = 100_000


def as_asked(policy: Policy, order: Order) -> Policy:
    """The policy as this order reads it."""
    change = _READ_AS.get(order.kind, {})
    rules = tuple(each.model_copy(update=dict(change)) for each in policy.rules)
    if order.kind not in ON_ANY_ACCOUNT:
        return policy.model_copy(update={"rules": rules})
    limits = policy.limits
    if order.kind is OrderKind.REVOKE:
        limits = limits.model_copy(update={"changes_per_hour": _UNLIMITED})
    return policy.model_copy(update={"rules": (*rules, _ANY), "exemptions": (), "limits": limits})


def refused(found: Coverage, account: Account, order: Order, stopped: Milestone | None) -> tuple[Blocker, ...]:
    """Why the account takes no such order, whatever its state; `found` is what the policy itself says of it."""
    if order.kind not in ON_ANY_ACCOUNT:
        if found.exemption:
            return (exempt(found.exemption.until.isoformat(), found.exemption.reason),)
        if found.rule is None:
            return (no_rule(account),)
    works_on = found.rule.goal if found.rule and order.kind is OrderKind.ONBOARD else _WORKS_ON.get(order.kind)
    if stopped is None or works_on is None or stopped.order >= works_on.order:
        return ()
    return (is_held(stopped),)


def exempt(until: str, reason: str) -> Blocker:
    return Blocker(
        "order.exempt",
        Milestone.READY,
        f"The account is exempt until {until}: {reason}.",
        "Take its exemption out of the policy, or wait until it is over.",
        "policy",
    )


def no_rule(account: Account) -> Blocker:
    return Blocker(
        "order.noRule",
        Milestone.READY,
        f"No rule of the policy matches {account.id.name}, so the app may do nothing there.",
        "Add a rule to the policy, or give the account the tags that one asks for.",
        "policy",
    )


def is_held(stopped: Milestone) -> Blocker:
    return Blocker(
        "order.stopped",
        Milestone.READY,
        f"The account was rolled back and goes no further than {stopped}.",
        "Have an admin let it go on first.",
        "ledger",
    )
