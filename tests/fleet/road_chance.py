"""How hypothesis picks what happens on the road: policies, what is there at first, and scene after scene."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.fleet import road_steps as happens
from tests.fleet.road_steps import NAMES, OWNERS, ROAD_TARGETS, RoadPolicy, RoadRule, RoadStep
from tests.fleet.steps import Deliver, Die, Fault, Restart, Sweep, Wait, Work

SECONDS, MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
_ANYWHERE = ("503", "drop before", "drop after")
_AZURE = (*_ANYWHERE, "429", "409", "403")
_IN_AZURE = sorted(each for each, rule in ROAD_TARGETS.items() if "storage" not in rule.get("host", ""))
# What only this road calls, more often than the rest
_OF_THE_ROAD = ("list connections", "list the hub's connections", "write connection", "remove connection", "list keys",
                "regenerate", "key access", "log query", "log settings", "read secret", "write secret", "change secret",
                "try key", "probe", "account record", "ledger")  # fmt: skip

_names = st.sampled_from(NAMES)
_owners = st.sampled_from(OWNERS)
_keys = st.sampled_from(("key1", "key2"))
_goals = st.sampled_from(("sealed",) * 5 + ("revoked", "revoked", "quiet", "proven", "connected", "granted"))


@st.composite
def _rules(draw: st.DrawFn) -> RoadRule:
    vault = draw(st.booleans())
    return RoadRule(
        draw(_goals),
        draw(st.sampled_from(("entra", "entra", "entra", "leave"))),
        vault,
        draw(st.sampled_from((None, DAYS, 2 * DAYS))) if vault else None,
        draw(st.sampled_from((HOURS, 10 * SECONDS))),
        draw(st.sampled_from((10 * SECONDS, 10 * SECONDS, 5 * MINUTES, HOURS))),
        draw(st.sampled_from((timedelta(0), 10 * SECONDS, 5 * MINUTES))),
        draw(st.sampled_from((False, False, True))),
        draw(st.sampled_from((1, 1, 2))),
    )


policies = st.builds(
    RoadPolicy,
    st.dictionaries(_names, _rules(), min_size=2, max_size=3),
    st.lists(_names, max_size=1).map(tuple) | st.just(()),
)
_makes = st.builds(
    happens.Make, _names, st.sampled_from(("AIServices",) * 3 + ("OpenAI",)), st.sampled_from((True,) * 5 + (False,))
)
_connects = st.builds(
    happens.Connect,
    _owners,
    st.integers(1, 2),
    _names,
    st.sampled_from(("key1", "key1", "key2", "")),
    st.sampled_from(("AzureOpenAI",) * 3 + ("AIServices", "AIServices", "CustomKeys")),
    st.sampled_from(("id", "id", "host")),
)
_by_key = st.builds(happens.CallByKey, _names, st.sampled_from(("vault", "vault", "key1", "key2")))
_hands = st.one_of(
    st.builds(happens.ListKeys, _names),
    st.builds(happens.Regenerate, _names, _keys),
    st.builds(happens.SendLogs, _names, st.booleans()),
    st.builds(happens.TakeKeys, _names, st.booleans()),
    st.builds(happens.TouchSecret, _names, st.sampled_from(("garbage", "untagged", "disabled"))),
    st.builds(happens.Remake, _names),
    st.builds(happens.Disconnect, _owners, st.integers(1, 2)),
)
_changes = st.one_of(_connects, _by_key, _by_key, _hands, _makes, st.builds(happens.CallByToken, _names))
_faults = st.one_of(
    st.builds(Fault, st.sampled_from(_OF_THE_ROAD), st.integers(1, 3), st.sampled_from(_ANYWHERE)),
    st.builds(
        Fault, st.sampled_from(sorted({*_OF_THE_ROAD} & {*_IN_AZURE})), st.integers(1, 3), st.sampled_from(_AZURE)
    ),
    st.builds(Fault, st.sampled_from(sorted(ROAD_TARGETS)), st.integers(1, 3), st.sampled_from(_ANYWHERE)),
)
_news = st.one_of(
    st.builds(Deliver, st.sampled_from(("in order", "reversed", "twice"))),
    st.builds(Deliver, st.sampled_from(("in order", "reversed", "twice"))),
    st.builds(Deliver, lost=st.just(True)),
)
_works = st.builds(Work, st.integers(2, 8), st.booleans())
_waits = st.builds(Wait, st.sampled_from((3, 12, 65, 400, 3700, 3700, 90_000)))
_swept = st.tuples(st.just(Sweep()), _works)
_actions = st.one_of(
    st.tuples(_works),
    _swept,
    st.tuples(_waits, _works),
    st.tuples(_waits, _works),
    st.tuples(st.builds(Die, st.integers(0, 40), st.booleans())),
    st.tuples(_waits, st.builds(Die, st.integers(0, 40), st.booleans())),
    st.tuples(st.just(Restart())),
)
_scenes = st.tuples(
    st.lists(st.builds(happens.EditRoad, policies), max_size=1),
    st.lists(_changes, max_size=2),
    st.lists(_faults, max_size=2),
    st.lists(_news, max_size=1),
    st.lists(_actions, min_size=2, max_size=5).map(lambda parts: [step for part in parts for step in part]),
)


def _flat(scenes: list[tuple[list[Any], ...]]) -> list[RoadStep]:
    return [step for scene in scenes for part in scene for step in part]


steps: st.SearchStrategy[list[RoadStep]] = st.lists(_scenes, min_size=3, max_size=8).map(_flat)
beginnings: st.SearchStrategy[list[RoadStep]] = st.tuples(
    st.lists(_makes, min_size=2, max_size=3, unique_by=lambda each: each.name),
    st.lists(_connects, min_size=1, max_size=3),
    st.sampled_from(((), (Fault("probe", 6, "403"),))),  # the endpoint takes no tokens for a while
).map(lambda parts: [*parts[0], *parts[1], *parts[2], Sweep(), Work(6)])
