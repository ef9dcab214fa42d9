"""Whatever happens to the fleet: once faults stop, it becomes what the policy says, soon, and then rests.

What can happen is in tests/fleet/steps.py, what should come of it in tests/fleet/intent.py. `make test` plays the same
examples every time. To look further, with examples that are new each time, for as long as you like:

    .venv/bin/pytest tests/functional/test_convergence.py --hypothesis-profile=long

A failing example is printed with the steps it took and what came of each; `--hypothesis-seed` repeats a run.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from shared.resource_id import ResourceId
from simulator.company.identities import UNKEYED
from tests.fleet import chance
from tests.fleet import steps as happens
from tests.fleet.driver import Fleet
from tests.fleet.intent import PROBED, Policy, Seen, Wish
from tests.fleet.steps import PLACES
from tests.fleet.tenant import held, in_force_at, is_ours, scope_of
from tests.local import LocalRun, Place

LONG = settings.get_current_profile_name() == "long"
EXAMPLES = 16
SWEEPS = 2
# What the app keeps of the directory is forgotten by then, and the lease of a process that died has ended
FORGOTTEN = timedelta(seconds=91)
# Looks at one account, however much was waiting for it; each hour that the policy's limit costs adds one
LOOKS = 6
HOUR = timedelta(hours=1)
LOG_QUERIES = "api.loganalytics.io"


@pytest.mark.timeout(0 if LONG else 1800)  # a failing example is made smaller for up to five minutes
def test_once_faults_stop_the_fleet_becomes_what_the_policy_says_and_then_rests(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)

    @given(
        policy=chance.policies,
        beginning=chance.beginnings,
        steps=chance.steps,
        provisioning=st.sampled_from((0, 0, 12)),
    )
    @settings(
        max_examples=settings().max_examples if LONG else EXAMPLES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def whatever_happens(
        policy: Policy, beginning: list[happens.Step], steps: list[happens.Step], provisioning: int
    ) -> None:
        asyncio.run(_play(place, tmp_path, policy, [*beginning, *steps], provisioning))

    whatever_happens()


async def _play(place: Place, folder: Path, policy: Policy, steps: list[happens.Step], provisioning: int) -> None:
    async with LocalRun(place, folder) as local:
        fleet = Fleet(local, note)
        await fleet.begin(policy, provisioning=provisioning)
        for step in steps:
            await fleet.play(step)
            await _nothing_was_touched_that_must_not_be(fleet)
        await _settles(fleet)
        await _is_as_wished(fleet)
        await _rests(fleet)


async def _traffic(fleet: Fleet) -> list[dict[str, Any]]:
    """What the app has sent since this was asked last; accepted token calls are kept as proofs."""
    found = [each for each in await fleet.local.client.traffic() if each["caller"] == UNKEYED.id]
    await fleet.local.client.simulator("DELETE", "traffic")
    for each in found:
        if "/openai/models" in each["url"] and each["status"] == 200:
            fleet.proofs[each["url"].split("/")[2].partition(".")[0]] = datetime.fromisoformat(each["at"])
    return found


def _writes(traffic: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Method, path and status of every write to Azure, in lower case; a query of logs is none, though it is posted."""
    return [
        (each["method"], urlsplit(each["url"]).path.lower(), each["status"])
        for each in traffic
        if each["method"] not in ("GET", "HEAD") and urlsplit(each["url"]).hostname != LOG_QUERIES
    ]


async def _nothing_was_touched_that_must_not_be(fleet: Fleet) -> None:
    """Every change the app has made is to a role assignment on an account that the policy covers."""
    changes = [each for each in _writes(await _traffic(fleet)) if each[1] != "/api/events"]
    if not changes or fleet.policy is None:
        return
    wishes = await _wishes(fleet)
    for method, path, _ in changes:
        wished = wishes[path.partition("/providers/microsoft.authorization/roleassignments/")[0]]
        assert not wished.keeps, f"{method} {path}, which the policy does not ask for"


async def _settles(fleet: Fleet) -> None:
    """Faults stop; two sweeps and a bounded number of looks at each account later nothing waits any more."""
    await fleet.local.client.clear_faults()
    await fleet.wait(FORGOTTEN)
    waiting = Counter(item.account.key for _, item in fleet.local.room.items)
    untouched, withheld = await _untouched(fleet), await _withheld(fleet)
    for _ in range(SWEEPS):
        swept = await fleet.sweep()
        assert not swept.failed
        await fleet.drain(400)
        await fleet.wait(HOUR)
    assert await _untouched(fleet) == untouched, "something was changed where nothing may be"
    assert withheld <= await _withheld(fleet), "something was taken away before what is wanted was there"
    traffic = await _traffic(fleet)
    changes = sum(1 for method, _, status in _writes(traffic) if method in ("PUT", "DELETE") and status < 300)
    live = await _wishes(fleet)
    for name, place in PLACES.items():
        # Of an account that is gone nothing is kept: whatever waited looks once more
        gone = 0 if place.lower() in live else waiting[place.lower()]
        most = LOOKS + changes // (await fleet.in_force()).limit + gone
        looks = sum(1 for each in traffic if urlsplit(each["url"]).path.lower() == place.lower())
        fleet.say(f"{name}: {looks} looks of {most} allowed, {waiting[place.lower()]} items were waiting")
        assert looks <= most


async def _untouched(fleet: Fleet) -> list[Any]:
    """The assignments on all accounts that nothing may happen to, whoever made them."""
    kept = {key for key, each in (await _wishes(fleet)).items() if each.keeps}
    return [each for each in await fleet.tenant.assignments() if scope_of(each) in kept]


async def _withheld(fleet: Fleet) -> set[str]:
    """The assignments on accounts where not all that is wanted can be there yet: none may go but those of groups that are gone."""
    stuck = {key for key, each in (await _wishes(fleet)).items() if each.stuck or each.refused}
    here = [each for each in await fleet.tenant.assignments() if scope_of(each) in stuck]
    living = await fleet.tenant.groups()
    return {each["name"] for each in here if held(each)[0] in living}


async def _wishes(fleet: Fleet) -> dict[str, Wish]:
    """What is wished for each live account, by its id in lower case."""
    return {seen.id.lower(): wished for seen, _, wished in (await fleet.wishes()).values()}


async def _is_as_wished(fleet: Fleet) -> None:
    """The fleet is what the oracle says, and the app says the same of it."""
    assignments, wishes, living = await fleet.tenant.assignments(), await fleet.wishes(), await fleet.tenant.groups()
    others = {each["name"]: (scope_of(each), *held(each)) for each in assignments if not is_ours(each)}
    assert others == fleet.others, "an assignment that somebody else made was changed"
    outcomes = await fleet.local.client.outcomes()
    announced = {each["data"]["name"] for each in outcomes if each["type"] == "Unkeyed.RoleAssigned"}
    for name, place in PLACES.items():
        if name not in wishes:
            assert await fleet.local.services.postures.get(ResourceId(place)) is None, f"{name} is gone"
            continue
        seen, made, wished = wishes[name]
        fleet.say(f"{name}: {wished}")
        here = [each for each in assignments if scope_of(each) == place.lower()]
        _holds_what_is_wished(seen, wished, here, in_force_at(place, assignments))
        orphans = [each["name"] for each in here if is_ours(each) and held(each)[0] not in living]
        assert wished.keeps or wished.refused or not orphans, f"{name} has {orphans} of groups that are gone"
        unheard = {each["name"] for each in here if is_ours(each)} - announced
        assert not (fleet.is_heard and unheard), f"{name}: an assignment was never announced"
        await _is_said(fleet, seen, made, wished)


def _holds_what_is_wished(seen: Seen, wished: Wish, here: list[Any], in_force: set[tuple[str, str]]) -> None:
    assert wished.grants <= in_force, f"{seen.name} lacks {wished.grants - in_force}"
    counts = Counter(held(each) for each in here)
    assert all(count == 1 for count in counts.values()), f"{seen.name} has one twice: {counts}"
    left_over = {held(each) for each in here if is_ours(each)} - wished.grants
    assert not (wished.clean and left_over), f"{seen.name} still has {left_over}"


async def _is_said(fleet: Fleet, seen: Seen, made: datetime, wished: Wish) -> None:
    account = ResourceId(seen.id)
    posture = await fleet.local.posture(seen.id)
    assert (posture.covered, posture.milestone) == (wished.covered, wished.milestone), f"{seen.name}: {posture}"
    codes = {each["code"] for each in posture.blockers}
    if not wished.keeps:
        assert any(each.startswith("grant.") for each in codes) is wished.stuck, f"{seen.name}: {codes}"
        assert ("identity.denied" in codes) is wished.refused, f"{seen.name}: {codes}"
    assert await fleet.local.services.ledger.open_entries(account) == (), f"{seen.name}: a step was never closed"
    if posture.milestone == "proven" and seen.kind in PROBED:
        proof = fleet.proofs.get(f"fleet-{seen.name}")
        assert proof, f"{seen.name} was never asked"
        assert proof > made, f"{seen.name}: the proof is older than the account"


async def _rests(fleet: Fleet) -> None:
    """A further sweep finds nothing, a further pass of every account writes nothing; only what is refused is tried."""
    refused = {key for key, each in (await _wishes(fleet)).items() if each.refused}
    await _traffic(fleet)
    swept = await fleet.sweep()
    queued = {item.account.key for _, item in fleet.local.room.items}
    assert queued <= refused, "a settled account was queued"
    assert sum(each.missed for each in swept.counts.values()) == 0
    await fleet.drain(len(queued))
    for place in PLACES.values():
        await fleet.local.work(fleet.local.item(place))
    assert not fleet.local.room.items, "a settled account is to be looked at again"
    for method, path, status in _writes(await _traffic(fleet)):
        assert status >= 400, f"{method} {path} changed something"
        assert path.partition("/providers/microsoft.authorization/")[0] in refused, f"{method} {path} was tried"
