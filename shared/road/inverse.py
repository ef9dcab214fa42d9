"""Inverse: from the ledger to the steps that undo. Pure.

Undone is what stands beyond a milestone, or what one operation did. What was undone already, or has been done over since,
is left alone; what never comes back is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.errors import PermanentError
from shared.models import (
    AccountFacts,
    AccountRecord,
    Entry,
    KeyName,
    Milestone,
    RoleAssignment,
    RoleGrant,
    VaultSecret,
)
from shared.road import steps as road
from shared.road.steps import MILESTONES
from shared.road.words import described
from shared.store.ledger import DONE

# Which kind undoes which: an entry and a later one of its inverse leave nothing to undo
_PAIRS = {
    "AssignRole": "RemoveAssignment",
    "RemoveAssignment": "AssignRole",
    "SwitchConnection": "RestoreConnection",
    "RestoreConnection": "SwitchConnection",
    "DisableLocalAuth": "EnableLocalAuth",
    "EnableLocalAuth": "DisableLocalAuth",
}
# The secret is looked after wherever the account stands: going back to a milestone leaves it, undoing its operation does not
_OF_THE_SECRET = frozenset({"PublishKey", "RotateKey"})
# Keys are taken again before any is given out, and roles go last
_ORDER = (
    road.EnableLocalAuth,
    road.DisableLocalAuth,
    road.PublishKey,
    road.WithdrawKey,
    road.RestoreConnection,
    road.SwitchConnection,
    road.AssignRole,
    road.RemoveAssignment,
)


@dataclass(frozen=True, slots=True)
class Rollback:
    """The steps that undo, what cannot come back in words, and how far the account then goes."""

    steps: tuple[road.Change, ...]
    cannot: tuple[str, ...]
    no_further: Milestone

    def described(self) -> tuple[str, ...]:
        """Every step in words, for whoever is asked whether to take them."""
        return tuple(described(each) for each in self.steps)


def inverse(
    history: Sequence[Entry],
    facts: AccountFacts,
    *,
    to: Milestone | None,
    operation: str = "",
    leaked: bool | None = None,
) -> Rollback:
    """What undoes all beyond `to`, or all that one operation did. Pure.

    `leaked` says whether copies of the keys may be about, so that both are made new as soon as keys are taken again; where
    it is None, what is remembered of the account says so. Raises PermanentError where neither is named.
    """
    if to is None and not operation:
        raise PermanentError("name a milestone to go back to, or an operation to undo", code="NothingToUndo")
    chosen = (
        latest_of(history, operation) if operation else [each for each in standing(history) if _is_beyond(each, to)]
    )
    made_new = may_have_leaked(facts.record) if leaked is None else leaked
    undone = [_undone(each, facts, leaked=made_new) for each in reversed(chosen)]
    steps = [each for each in undone if not isinstance(each, str)]
    ordered = sorted(steps, key=lambda each: _ORDER.index(type(each)))
    cannot = tuple(dict.fromkeys(each for each in undone if isinstance(each, str)))
    return Rollback(tuple(ordered), cannot, to or _before(chosen))


def standing(history: Iterable[Entry]) -> tuple[Entry, ...]:
    """The steps that were done and are still in effect, oldest first: neither undone since nor done over."""
    left: dict[tuple[str, ...], list[Entry]] = {}
    for entry in history:
        if entry.state != DONE:
            continue
        done = left.setdefault(_target(entry), [])
        if done and _PAIRS.get(done[-1].step["kind"]) == entry.step["kind"]:
            done.pop()
        elif done and (_is_of_secret(entry) or done[-1].step["kind"] == entry.step["kind"]):
            done[-1] = entry
        else:
            done.append(entry)
    return tuple(sorted((each for done in left.values() for each in done), key=lambda each: each.row))


def _target(entry: Entry) -> tuple[str, ...]:
    step = entry.step
    if _is_of_secret(entry):
        return ("secret", step["vault"], step["name"])
    group = min(step["kind"], _PAIRS.get(step["kind"], step["kind"]))
    return (group, str(step.get("connection", step["name"])).lower())


def _is_of_secret(entry: Entry) -> bool:
    return entry.step["kind"] in _OF_THE_SECRET or entry.step["kind"] == "WithdrawKey"


def _is_beyond(entry: Entry, to: Milestone | None) -> bool:
    kind = entry.step["kind"]
    return to is not None and MILESTONES[kind].order > to.order and kind not in _OF_THE_SECRET


def latest_of(history: Iterable[Entry], operation: str) -> list[Entry]:
    """What an operation did to each thing, oldest first, unless something else was done to that thing since."""
    last = {_target(each): each for each in history if each.state == DONE}
    return [each for each in last.values() if each.operation_id == operation]


def _before(chosen: Sequence[Entry]) -> Milestone:
    """The milestone before the first that any of these steps led to."""
    first = min((MILESTONES[each.step["kind"]].order for each in chosen), default=len(Milestone))
    return list(Milestone)[max(first - 1, 0)]


def may_have_leaked(record: AccountRecord) -> bool:
    """True where somebody else was shown the keys and one of them has not been made new since."""
    shown = record.shown_to_others
    return shown is not None and bool(record.keys_from_before(shown))


def _undone(entry: Entry, facts: AccountFacts, *, leaked: bool) -> road.Change | str:  # noqa: C901  # one for each kind
    """The step that undoes an entry, or why there is none."""
    step = entry.step
    match step["kind"]:
        case "AssignRole":
            return road.RemoveAssignment(_assignment(step))
        case "RemoveAssignment":
            return road.AssignRole(_grant(step))
        case "SwitchConnection" if step.get("before"):
            return road.RestoreConnection(step["connection"], step["before"])
        case "SwitchConnection":
            return f"connection {step['connection']} used Microsoft Entra ID already"
        case "RestoreConnection":
            return road.SwitchConnection(step["connection"])
        case "DisableLocalAuth":
            return road.EnableLocalAuth(revoke=leaked, vault=step["vault"])
        case "EnableLocalAuth":
            return road.DisableLocalAuth(step["vault"])
        case "WithdrawKey":
            return _offered(step["vault"], step["name"], facts)
        case "PublishKey" | "RotateKey":
            return _published(entry, facts)
        case "SetSubdomain":
            return f"subdomain {step['name']}: Azure never changes or removes one"
        case kind:
            return f"{kind}: the key that {step.get('key', 'it')} was is dead and never comes back"


def _offered(vault: str, secret: str, facts: AccountFacts) -> road.PublishKey:
    known = facts.secret
    key = known.key if isinstance(known, VaultSecret) and known.key else KeyName.KEY1
    return road.PublishKey(vault, secret, key, known.expires if isinstance(known, VaultSecret) else None, key)


def _published(entry: Entry, facts: AccountFacts) -> road.Change | str:
    """Back to the key that the secret held before, as long as that is alive; to no key where there was none."""
    step, secret = entry.step, facts.secret
    if step["replaces"] is None:
        return road.WithdrawKey(step["vault"], step["name"])
    before = KeyName(step["replaces"])
    died = facts.record.regenerated.get(before)
    if step["kind"] == "PublishKey" or (died and died > entry.at):
        return f"secret {step['name']} held a key before that is dead"
    expires = secret.expires if isinstance(secret, VaultSecret) else None
    return road.PublishKey(step["vault"], step["name"], before, expires, KeyName(step["key"]))


def _assignment(step: dict[str, str]) -> RoleAssignment:
    found = (step["scope"], step["principalId"], step["principalType"], step["role"], step["description"])
    return RoleAssignment(f"{step['scope']}/{step['name']}", step["name"], *found)


def _grant(step: dict[str, str]) -> RoleGrant:
    return RoleGrant(step["scope"], step["principalId"], step["principalType"], step["role"], step["description"])
