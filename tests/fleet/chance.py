"""How hypothesis picks what happens: scenes of a change, a fault, the news of it and what the app does."""

from typing import Any

from hypothesis import strategies as st

from tests.fleet.intent import ALIASES, Grant, Policy, Rule
from tests.fleet.steps import (
    GROUP_NAMES,
    PLACES,
    RESOURCE_GROUPS,
    TARGETS,
    AssignByHand,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DeleteGroup,
    Deliver,
    Die,
    DropResourceGroup,
    EditPolicy,
    Fault,
    Forge,
    Recreate,
    RemoveByHand,
    RenameGroup,
    Restart,
    Retag,
    SpoilPolicy,
    Step,
    Sweep,
    Wait,
    Work,
)

_ANYWHERE = ("503", "drop before", "drop after", "slow")
_AZURE = (*_ANYWHERE, "429", "403")

_names = st.sampled_from(sorted(PLACES))
_kinds = st.sampled_from(("AIServices", "OpenAI", "SpeechServices"))
_tags = st.sampled_from(
    ((), (("env", "prod"),), (("env", "prod"), ("team", "red")), (("Env", "test"), ("team", "blue")))
)
_numbers = st.integers(0, 5)
_roles = st.sampled_from((*("cognitive-services-user", "foundry-user") * 6, *ALIASES))
_goals = st.sampled_from(("proven", "proven", "proven", "granted", "granted", "ready", "sealed"))
_group_names = st.sampled_from(GROUP_NAMES)
_templates = st.sampled_from(("sg-{resourceGroup}-users", "sg-{tag:team}", "sg-shared"))
_by_id = st.builds(Grant, _roles, number=_numbers)
_grants = st.one_of(_by_id, _by_id, _by_id, st.builds(Grant, _roles, number=st.none(), name=_templates))
_rules = st.builds(
    Rule,
    _goals,
    st.lists(_grants, min_size=1, max_size=3).map(tuple),
    group=st.sampled_from(("*", "*", "*", "rg-chat", "rg-search")),
    kind=st.sampled_from(("", "", "", "", "AIServices")),
    tag=st.sampled_from((None, None, None, ("env", "prod"))),
)
policies = st.builds(
    Policy,
    st.lists(_rules, min_size=1, max_size=2).map(tuple),
    exempt=st.lists(_names, max_size=1).map(tuple),
    expired=st.lists(_names, max_size=1).map(tuple),
    limit=st.sampled_from((1000, 1000, 3, 1)),
)
_INVALID = ("", "rules: [", "version: 1\nrules: [{name: a, goal: shiny}]", "version: 1\nrules: []")
_faults = st.one_of(
    st.builds(Fault, st.sampled_from(sorted(TARGETS)), st.integers(1, 3), st.sampled_from(_ANYWHERE)),
    st.builds(
        Fault,
        st.sampled_from(sorted(each for each, rule in TARGETS.items() if "storage" not in rule.get("host", ""))),
        st.integers(1, 3),
        st.sampled_from(_AZURE),
    ),
    st.builds(Fault, st.just("assign"), st.integers(1, 3), st.just("no principal")),
)
creations = st.builds(CreateAccount, _names, _kinds, _tags, st.sampled_from((True,) * 6 + (False,)), st.booleans())
_edits = st.builds(EditPolicy, policies)
_works = st.builds(Work, st.integers(1, 6), st.booleans())
_by_hand = st.builds(AssignByHand, _names, _numbers, _roles, st.sampled_from((False, False, True)), st.booleans())

_orders = st.sampled_from(("in order", "reversed", "twice"))
_gone = st.one_of(
    st.builds(DeleteAccount, _names),
    st.builds(Recreate, _names),
    st.builds(DropResourceGroup, st.integers(0, len(RESOURCE_GROUPS) - 1)),
)
_directory = st.one_of(
    st.builds(CreateGroup, _group_names),
    st.builds(RenameGroup, _numbers, _group_names),
    st.builds(DeleteGroup, _numbers),
)
_hands = st.one_of(_by_hand, st.builds(RemoveByHand, _names, _numbers))
_changes = st.one_of(creations, st.builds(Retag, _names, _tags), _gone, _directory, _hands)
_policy = st.one_of(_edits, _edits, _edits, st.builds(SpoilPolicy, st.sampled_from(_INVALID)))
_news = st.one_of(
    st.builds(Deliver, _orders),
    st.builds(Deliver, _orders),
    st.builds(Deliver, lost=st.just(True)),
    st.builds(Forge, _names, st.sampled_from(("write", "delete")), st.sampled_from((-600, -1, 0, 600))),
)
_deaths = st.builds(Die, st.integers(0, 30), st.booleans())
_waits = st.builds(Wait, st.sampled_from((3, 20, 65, 400, 3700, 90_000)))
_swept = st.tuples(st.just(Sweep()), _works)
_actions = st.one_of(
    st.tuples(_works),
    _swept,
    _swept,
    st.tuples(_deaths),
    st.tuples(_waits),
    st.tuples(st.sampled_from((Restart(), Sweep()))),
)
_scenes = st.tuples(
    st.lists(_policy, max_size=1),
    st.lists(_changes, max_size=3),
    st.lists(_faults, max_size=1),
    st.lists(_news, max_size=2),
    st.lists(_actions, min_size=1, max_size=3).map(lambda parts: [step for part in parts for step in part]),
)


def _flat(scenes: list[tuple[list[Any], ...]]) -> list[Step]:
    return [step for scene in scenes for part in scene for step in part]


# Scene after scene: something changes, something breaks, word of it comes or does not, the app acts
steps: st.SearchStrategy[list[Step]] = st.lists(_scenes, min_size=3, max_size=8).map(_flat)
# What is there at first: most of the accounts and groups
beginnings: st.SearchStrategy[list[Step]] = st.tuples(
    st.lists(creations, min_size=3, max_size=4, unique_by=lambda each: each.name),
    st.lists(st.builds(CreateGroup, _group_names), min_size=2, max_size=5, unique_by=lambda each: each.name.lower()),
).map(lambda parts: [*parts[0], *parts[1]])
