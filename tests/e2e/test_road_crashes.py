"""The host is killed before and after the calls by which the road changes Azure; every account arrives nevertheless.

This is a sample, told apart by what is sent, for a kill costs a second: tests/functional/test_road_crashes.py has the worker
die after every single change, those of its own tables included. Here an account has three points to be killed at, one of
its beginning, one of its first and one of its second new key; and whatever else is under way dies each time, too.
"""

import asyncio
from collections.abc import Mapping

import pytest

from simulator.company.identities import CHAT_USERS, UNKEYED
from simulator.company.places import VAULT_URL
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.fleet.walkers import PLAIN, STUBBORN, Walker, assert_arrived, made

pytestmark = pytest.mark.e2e

# An account may be under way in many processes that die, more often than the host puts up with
SETTINGS = {"AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "1000"}
POLICY = f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: sealed
    grants: [{{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    keys: {{vault: "{VAULT_URL}", grace: PT2S}}
    quiet: PT2S
    propagation: PT0S
limits: {{changesPerHour: 100000}}
"""
CONNECTION = {"method": "PUT", "path": "/accounts/{name}/.*/connections/"}
SECRET = {"method": "PUT", "path": "/secrets/{name}-key$"}
RENEW = {"method": "POST", "path": "/accounts/{name}/regenerateKey$"}
ACCOUNT = {"method": "PATCH", "path": "/accounts/{name}$"}
WITHDRAW = {"method": "PATCH", "path": "/secrets/{name}-key/"}


def event(kind: str) -> Json:
    return {"path": "^/api/events$", "body": f'(?=.*"Unkeyed.{kind}").*/accounts/{{name}}"'}


# To publish the first key and switch the connection; to make key2 new; to make key1 new, seal, and withdraw the secret
POINTS: Mapping[Walker, list[list[Json]]] = {
    PLAIN: [
        [{**SECRET, "body": "key1"}, {**RENEW, "body": "Key2"}, {**RENEW, "body": "Key1"}],
        [CONNECTION, {**SECRET, "body": "key1", "skip": 1}, ACCOUNT],
    ],
    STUBBORN: [
        [{**CONNECTION, "method": "DELETE"}, event("KeyRotated"), WITHDRAW],
        [{**CONNECTION, "skip": 1}, {**SECRET, "body": "key2"}, event("AccountSealed")],
    ],
}


def faults(walker: Walker, points: list[Json], moment: str) -> list[Json]:
    """The rules by which the host is killed at these calls for an account."""
    texts = [
        {name: text.replace("{name}", walker.name) if isinstance(text, str) else text for name, text in each.items()}
        for each in points
    ]
    return [{**each, "caller": UNKEYED.id, "kill": moment} for each in texts]


@pytest.mark.timeout(1800)
async def test_the_host_may_be_killed_before_and_after_the_calls_of_the_road(app: AppRun) -> None:
    policy = app.place.home / "policy.yaml"
    before = policy.read_text()
    policy.write_text(POLICY)
    await app.client.turn(
        local_auth_lag=0, log_ingestion=0, event_retry_scale=0.005, connection_type_change_refused="*/stubborn"
    )
    killed = {
        sort.named(f"{moment}-{number}"): faults(sort.named(f"{moment}-{number}"), points, moment)
        for sort, each in POINTS.items()
        for number, points in enumerate(each)
        for moment in ("before", "after")
    }
    await app.client.simulator("POST", "faults", [rule for rules in killed.values() for rule in rules])
    departures = {walker: await made(app.client, walker) for walker in killed}

    async def is_still() -> bool:
        """True once the app has written nothing for three seconds."""
        log = app.place.home / "app.log"
        written = log.stat().st_size
        await asyncio.sleep(3)
        return written == log.stat().st_size

    async def are_sealed() -> bool:
        sealed = {
            each["subject"].lower() for each in await app.client.outcomes() if each["data"].get("milestone") == "sealed"
        }
        return {walker.account.lower() for walker in killed} <= sealed

    await app.until("every account is sealed", are_sealed, patience=900)
    # Not until the queue is empty: work that has met many deaths is put off for minutes
    await app.until("nothing is being worked on", is_still)
    policy.write_text(before)
    rules = await app.client.simulator("GET", "faults")
    missed = [each["rule"] for each in rules if not each["hits"]]
    assert not missed, f"{len(missed)} of {len(rules)} kills never happened: {missed}"
    await app.client.clear_faults()
    await assert_arrived(app, departures, {walker.name: f"killed at {rules}" for walker, rules in killed.items()})
    assert await app.poisoned() == []
    assert (await app.client.simulator("GET", "app"))["starts"] > len(rules) / 2
