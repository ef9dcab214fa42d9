"""Postures as passes leave them, of a fleet in which no two accounts stand alike: made by chance, the same each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models import KeyName, Milestone, Proof
from shared.resource_id import ResourceId
from shared.road.verdict import Covered
from shared.store.postures import Posture

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUBSCRIPTIONS = tuple(f"{number}" * 8 + "-1111-4111-8111-111111111111" for number in (1, 2, 3))
_RULES = ("production", "laboratory", "everything else")
_KINDS = ("AIServices", "OpenAI", "SpeechServices")
_BLOCKERS = {
    Milestone.READY: ("account.noSubdomain",),
    Milestone.GRANTED: ("grant.pending", "group.missing", "identity.denied"),
    Milestone.CONNECTED: ("connection.usesKey", "connection.cannotSwitch", "connections.unreadable"),
    Milestone.PROVEN: ("probe.pending",),
    Milestone.QUIET: ("quiet.keyUsed", "quiet.waiting", "logs.noSetting"),
    Milestone.REVOKED: ("revoke.waits", "revoke.grace"),
    Milestone.SEALED: ("seal.waits",),
}


def account_id(number: int, subscription: str = SUBSCRIPTIONS[0], group: str = "rg-fleet") -> str:
    path = f"resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/fleet-{number:05}"
    return f"/subscriptions/{subscription}/{path}"


def posture(account: str = account_id(0), **changed: Any) -> Posture:
    """A posture of an account of which nothing was found yet, but for what is named."""
    start: dict[str, Any] = {
        "account": ResourceId(account),
        "covered": Covered.BY_RULE,
        "rule": "production",
        "goal": Milestone.SEALED,
        "milestone": None,
        "note": "",
        "blockers": (),
        "reached": {},
        "proof": None,
        "pass_started": NOW,
        "pass_finished": NOW,
        "operation_id": "operation",
        "cause": "test",
    }
    return Posture(**{**start, **changed})


def said(code: str, milestone: Milestone) -> dict[str, str]:
    """A blocker as postures have it."""
    return {
        "code": code,
        "milestone": milestone,
        "message": f"{code}: what stands in the way, in a sentence or two of which some are rather longer than others.",
        "fix": "Have somebody see to it; here would be said how, and by which command." if "." in code[6:] else "",
        "source": "Resource Manager",
    }


def fleet(count: int, *, seed: int = 5, now: datetime = NOW) -> Iterator[Posture]:
    """As many postures as are asked for, over all subscriptions."""
    chance = random.Random(seed)
    return (_by_chance(number, chance, now) for number in range(count))


def _by_chance(number: int, chance: random.Random, now: datetime) -> Posture:
    account = account_id(number, SUBSCRIPTIONS[number % 3], f"rg-{chance.choice('abcdef')}")
    about = {"kind": chance.choice(_KINDS), "location": "westeurope", "created_at": now - timedelta(days=700)}
    if number % 17 == 0:
        return posture(account, covered=Covered.BY_NONE, rule=None, goal=None, note="no rule matches", **about)
    road = list(Milestone)[: chance.randint(3, 7)]
    come = chance.randint(0, len(road))
    sealed = road[:come] == list(Milestone)
    ends = road[come : come + 1]
    return posture(
        account,
        rule=chance.choice(_RULES),
        goal=road[-1],
        milestone=road[come - 1] if come else None,
        reached=dict(zip(road[:come], _times(come, chance, now), strict=True)),
        evidence={str(each): "what shows that it is so, as the pass has written it down" for each in road[:come]},
        blockers=tuple(said(chance.choice(_BLOCKERS[each]), each) for each in ends),
        advice=(said("role.showsKeys", Milestone.GRANTED),) if number % 3 and not sealed else (),
        proof=Proof(now, f"https://fleet-{number:05}.cognitiveservices.azure.com", True, "200", "accepted"),
        local_auth_disabled=sealed,
        keys=_keys(chance, now),
        **about,
    )


def _times(count: int, chance: random.Random, now: datetime) -> list[str]:
    days = sorted((chance.randint(0, 120) for _ in range(count)), reverse=True)
    return [(now - timedelta(days=each)).isoformat() for each in days]


def _keys(chance: random.Random, now: datetime) -> dict[str, str]:
    known = [each for each in KeyName if chance.random() < 0.8]
    return {str(each): (now - timedelta(days=chance.randint(0, 500))).isoformat() for each in known}
