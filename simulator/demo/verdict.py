"""Whether it ended as it should, account by account."""

from collections.abc import Iterable

from simulator.demo.calls import Consumer
from simulator.demo.connections import Change
from simulator.demo.record import Ending

_REFUSED = (401, 403)


def faults(endings: list[Ending], changes: list[Change], consumers: list[Consumer]) -> list[str]:
    """What is not as it should be, in words; empty where everything is."""
    wrong = [f"{each.part.name} {text}" for each in endings for text in _of_account(each)]
    astray = [each for each in changes if not each.is_as_it_should_be]
    wrong += [f"the connection {each.connection.name} went from {each.before} to {each.after}" for each in astray]
    return [*wrong, *_of_consumers(consumers)]


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
    if part.is_sealed and calls.copy_after not in _REFUSED:
        yield f"answered an old copy of a key {calls.copy_after}"


def _of_consumers(consumers: list[Consumer]) -> Iterable[str]:
    for each in consumers:
        key, token = each.by_key, each.by_token
        if key.failed or not key.made:
            yield f"{len(key.failed)} of {key.made} calls with the key of {each.part.name} failed: {key.statuses()}"
        if token.failed:
            yield f"{len(token.failed)} of {token.made} calls with a token at {each.part.name} failed: {token.statuses()}"
