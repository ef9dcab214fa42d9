"""Whether it ended as it should, account by account."""

from collections.abc import Iterable

from simulator.demo.calls import Consumer
from simulator.demo.cast import Fate
from simulator.demo.echoes import MOST_PASSES, Echo
from simulator.demo.leaving import LEAVER, SHOWING, STAYS
from simulator.demo.outcome import Ending, Noted, Outcome, Undone

_REFUSED = (401, 403)


def faults(outcome: Outcome) -> list[str]:
    """What is not as it should be, in words; empty where everything is."""
    wrong = [f"{each.part.name} {text}" for each in outcome.endings for text in _of_account(each)]
    astray = [each for each in outcome.changes if not each.is_as_it_should_be]
    wrong += [f"the connection {each.connection.name} went from {each.before} to {each.after}" for each in astray]
    wrong += [
        f"{each.part.name} {text} after {LEAVER.name} left" for each in outcome.noted for text in _of_leaving(each)
    ]
    return [*wrong, *_of_consumers(outcome.consumers), *_of_drift(outcome.undone), *_of_echoes(outcome.echoes)]


def _of_account(ending: Ending) -> Iterable[str]:
    part, calls = ending.part, ending.calls
    if ending.milestone != part.ends_at:
        yield f"ended at {ending.milestone}, not {part.ends_at}"
    codes = [each["code"] for each in ending.posture.blockers] if ending.posture else []
    if part.blocked_by and part.blocked_by not in codes:
        yield f"should be stopped by {part.blocked_by}, and is by {', '.join(codes) or 'nothing'}"
    if part.ends_at and not part.blocked_by and codes:
        yield f"is at its goal and stopped by {', '.join(codes)}"
    if (calls.token_after == 200) is not part.takes_tokens:
        yield f"answered a token {calls.token_after}"
    if bool(ending.roles) is not part.takes_tokens:
        yield f"has {ending.roles} role assignments"
    taken = 200 if not part.is_sealed else None
    if calls.key_after != taken and (taken or calls.key_after not in _REFUSED):
        yield f"answered a key {calls.key_after}"
    is_dead = part.is_sealed or part.fate is Fate.DIES
    if calls.key_before and (calls.copy_after in _REFUSED) is not is_dead:
        yield f"answered an old copy of a key {calls.copy_after}"


def _of_consumers(consumers: list[Consumer]) -> Iterable[str]:
    for each in consumers:
        key, token = each.by_key, each.by_token
        if key.failed or not key.made:
            yield f"{len(key.failed)} of {key.made} calls with the key of {each.part.name} failed: {key.statuses()}"
        if token.failed:
            yield f"{len(token.failed)} of {token.made} calls with a token at {each.part.name} failed: {token.statuses()}"


def _of_leaving(noted: Noted) -> Iterable[str]:
    fate, exposure = noted.part.fate, noted.exposure
    if fate is not Fate.DIES and noted.touched:
        yield "was changed"
    if fate is None:
        return
    if set(noted.after) != ({401} if fate is Fate.DIES else {200}):
        yield f"answered the keys he had noted {noted.after}"
    if noted.staying != 200:
        yield f"answered a token of {STAYS.name}'s {noted.staying}"
    if noted.token_after == 200:
        yield "still took his token"
    if exposure is None or exposure.who != (LEAVER.id,) or exposure.group != SHOWING.id:
        yield f"knew of {exposure} only"
    if fate is Fate.HELD and not (noted.blocker and noted.blocker["fix"]):
        yield "did not say why its keys live"


def _of_drift(undone: list[Undone]) -> Iterable[str]:
    for each in undone:
        if each.repairs.get("caller") != each.who.id:
            yield f"that somebody {each.what} at {each.part.name} was laid to {each.repairs or 'nobody'}"


def _of_echoes(echoes: list[Echo]) -> Iterable[str]:
    for each in echoes:
        if not each.is_over:
            yield f"of the event of {each.operation} at {each.path} nothing is known: {each.heard} heard, {each.answered} answered"
        if each.passes > MOST_PASSES or each.changes:
            yield f"{each.operation} at {each.path} led to {each.passes} further passes and {each.changes} changes"
