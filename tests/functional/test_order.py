"""Whatever happens, the road keeps its order: nothing that breaks access is done before its replacement is proven.

The watch (tests/fleet/watch.py) holds every write of the app against the state of Azure at that moment, while accounts are
made, connected, called, listed, rotated and touched by hand (tests/fleet/road_steps.py), and while Azure fails, events get
lost and workers die. Once that ends, each account arrives where its policy and its surroundings let it.

    .venv/bin/pytest tests/functional/test_order.py --hypothesis-profile=long
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from shared.resource_id import ResourceId
from tests.fleet import road_chance as chance
from tests.fleet.eyes import Sight, accounts_of, holds_key
from tests.fleet.intent import ROAD
from tests.fleet.road_driver import Road
from tests.fleet.road_steps import HUB, NAMES, Connect, Disconnect, EditRoad, Make, RoadPolicy, RoadRule, RoadStep
from tests.fleet.steps import PLACES, Sweep, Work
from tests.local import LocalRun, Place

LONG = settings.get_current_profile_name() == "long"
EXAMPLES = 8
# Two rotations with an hour of grace between, a quiet period, and the day that is waited for where no key is left to try
DAYS, SWEEPS_A_DAY = 4, 2


@pytest.mark.parametrize("now", [Connect("hub", 1, "two"), Connect("hub", 1, "one", category="CustomKeys")])
async def test_a_connection_that_has_become_another_since_it_was_read_is_left_alone(
    local: LocalRun, now: Connect
) -> None:
    road, connection = Road(local, print), f"{HUB}/connections/connection-1"
    await road.begin(RoadPolicy({"one": RoadRule("connected", propagation=timedelta(minutes=5))}), refuses_types=True)
    for step in (Make("one"), Make("two"), Connect("hub", 1, "one"), Sweep(), Work(3), Disconnect("hub", 1), now):
        await road.play(step)
    await road.drain(most=20)
    await road.holds()
    assert (await local.client.connection(connection)).body["properties"]["authType"] != "AAD"
    assert {state for kind, state in await road.local.ledger(PLACES["one"]) if kind == "SwitchConnection"} == {
        "abandoned"
    }


@pytest.mark.parametrize("exempt", [(), ("one",)])
async def test_a_connection_that_was_removed_is_made_anew_though_the_policy_lets_go_of_it(
    local: LocalRun, exempt: tuple[str, ...]
) -> None:
    road, connection = Road(local, print), f"{PLACES['one']}/connections/connection-1"
    await road.begin(RoadPolicy({"one": RoadRule("connected")}), refuses_types=True)
    for step in (Make("one"), Connect("one", 1, "one"), Sweep()):
        await road.play(step)
    await local.client.fault(method="PUT", path="/connections/", skip=1, times=9, answer={"status": 503})
    await road.play(Work(3))
    assert (await local.client.connection(connection)).status == 404
    await road.play(EditRoad(RoadPolicy({"one": RoadRule("proven", connections="leave")}, exempt)))
    await local.client.clear_faults()
    await road.drain(most=20)
    await road.holds()
    assert (await local.client.connection(connection)).body["properties"]["authType"] == "AAD"


@pytest.mark.timeout(0 if LONG else 1800)  # a failing example is made smaller for up to five minutes
def test_no_interleaving_of_events_faults_and_time_reorders_the_road(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)

    @given(policy=chance.policies, beginning=chance.beginnings, steps=chance.steps, refuses_types=st.booleans())
    @settings(
        max_examples=settings().max_examples if LONG else EXAMPLES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def whatever_happens(
        policy: RoadPolicy, beginning: list[RoadStep], steps: list[RoadStep], refuses_types: bool
    ) -> None:
        asyncio.run(_play(place, tmp_path, policy, [*beginning, *steps], refuses_types))

    whatever_happens()


async def _play(place: Place, folder: Path, policy: RoadPolicy, steps: list[RoadStep], refuses_types: bool) -> None:
    async with LocalRun(place, folder) as local:
        road = Road(local, note)
        await road.begin(policy, refuses_types=refuses_types)
        for step in steps:
            await road.play(step)
            await road.holds()
        await local.client.clear_faults()
        await road.days_pass(DAYS, sweeps=SWEEPS_A_DAY)
        for name in NAMES:
            await _has_arrived(road, name)


async def _has_arrived(road: Road, name: str) -> None:
    """The account stands where it can, no step is left open, and consumers of its vault have a key that works."""
    sight, rule = await road.eyes.account(name), road.policy.rule_of(name)
    entries = await road.local.services.ledger.open_entries(ResourceId(PLACES[name]))
    if sight.made is None or rule is None:
        return
    found = await road.local.posture(PLACES[name])
    wanted = await _end(road, rule, sight)
    note(f"{name}: {found.milestone} of {wanted} {[each['code'] for each in found.blockers]} {rule}")
    assert found.milestone == wanted
    assert not entries, f"{name}: a step was never closed: {entries}"
    assert not (rule.vault and await road.eyes.gives_out_dead_key(name)), f"{name}: the vault gives out a dead key"
    if wanted == "sealed":
        assert not sight.takes_keys
        assert not (rule.vault and sight.secret), f"{name}: a dead key is still given out"


async def _end(road: Road, rule: RoadRule, sight: Sight) -> str:
    """The milestone that the account's surroundings let it reach."""
    ends = [rule.goal]
    connections = [each for each in (await road.eyes.connections()).values() if sight.name in accounts_of(each)]
    if any(holds_key(each) and not _goes(rule, each) for each in connections) and _is_looked_at(rule):
        ends.append("granted")
    if sight.name in road.without_logs and sight.takes_keys:
        ends.append("proven")
    if await _is_spoilt(road, rule, sight) and sight.takes_keys:
        ends.append("quiet")
    return min(ends, key=ROAD.index)


def _goes(rule: RoadRule, connection: dict[str, object]) -> bool:
    return rule.connections == "entra" and connection["category"] != "CustomKeys" and rule.goal != "granted"


def _is_looked_at(rule: RoadRule) -> bool:
    far = ROAD.index(rule.goal) > ROAD.index("proven")
    return rule.connections == "entra" or far or rule.projects or bool(rule.rotate_every)


async def _is_spoilt(road: Road, rule: RoadRule, sight: Sight) -> bool:
    """True where the secret is no longer tagged as the account's: the app leaves it alone."""
    answer = await road.local.client.secret(f"fleet-{sight.name}-key")
    tags = (answer.body.get("tags") or {}) if answer.status == 200 else {}
    return rule.vault and answer.status == 200 and tags.get("ProviderAddress", "").lower() != PLACES[sight.name].lower()
