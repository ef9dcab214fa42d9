"""A service that asks to be left alone is left alone by all passes of the process, until the time it named and no longer."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
import pytest

from shared.errors import TemporaryError
from shared.models import Account, GroupRef
from shared.resource_id import ResourceId
from shared.road.services import Services
from shared.throttling import Bucket, bucket_of
from simulator.company.identities import CHAT_USERS, SANDBOX, UNKEYED
from tests.functional.road import CHAT, GROUP, VAULT_URL, Road, policy
from tests.local import LocalRun

ACCOUNTS = [f"{GROUP}/Microsoft.CognitiveServices/accounts/many-{number}" for number in range(16)]
ELSEWHERE = f"/subscriptions/{SANDBOX}/resourceGroups/rg-lab/providers/Microsoft.CognitiveServices/accounts/lab-one"
GRANTED = policy("granted", "")
PROVEN = policy("proven", "")
# What the Functions host takes from the queue at a time
BATCH = 16
# From an answer's head to its last byte, by when the app knows, on a busy machine
READ = timedelta(seconds=0.1)
ASKED = timedelta(seconds=30)
BUSY = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": str(int(ASKED.total_seconds()))}}


class Wire:
    """What goes over the wire as the app's own HTTP session tells it: when each call was begun, and who asked to wait."""

    def __init__(self, local: LocalRun) -> None:
        self.now = local.now
        self.told: dict[Bucket, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.early: list[str] = []
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._begun)
        trace.on_request_end.append(self._answered)
        trace.freeze()
        local.services.session.http.trace_configs.append(trace)

    async def _begun(self, _: aiohttp.ClientSession, __: object, call: aiohttp.TraceRequestStartParams) -> None:
        now, bucket = self.now(), bucket_of(call.method, str(call.url))
        if any(known <= now < until for known, until in self.told[bucket]):
            self.early.append(f"{call.method} {call.url}")

    async def _answered(self, _: aiohttp.ClientSession, __: object, call: aiohttp.TraceRequestEndParams) -> None:
        if call.response.status == 429:
            now, wait = self.now(), timedelta(seconds=int(call.response.headers["Retry-After"]))
            self.told[bucket_of(call.method, str(call.url))].append((now + READ, now + wait))

    def refused(self) -> int:
        return sum(map(len, self.told.values()))


async def settle_abreast(local: LocalRun, *, rounds: int = 1000) -> None:
    """Works off everything that waits, as many at a time as the host would."""
    for _ in range(rounds):
        due = [each for each in local.room.items if each[0] <= local.now()][:BATCH]
        local.room.items = [each for each in local.room.items if each not in due]
        await asyncio.gather(*(local.work(item) for _, item in due))
        if not local.room.items:
            return
        if not due:
            first = min(at for at, _ in local.room.items)
            await local.advance(max(timedelta(), first - local.now()) + timedelta(milliseconds=10))
    raise AssertionError(f"not settled after {rounds} rounds: {local.room.items}")


async def test_many_accounts_arrive_through_small_buckets_and_no_call_is_begun_too_early(road: Road) -> None:
    local = road.local
    await road.client.turn(token_buckets=False)
    await road.begin(GRANTED, *ACCOUNTS, logs=False, kind="OpenAI")
    await local.services.identity.ids()
    wire = Wire(local)
    await road.client.simulator("DELETE", "traffic")
    await road.client.turn(token_buckets=True, bucket_scale=0.2)
    for each in ACCOUNTS:
        await local.room.put(local.item(each))
    await settle_abreast(local)
    assert [await road.milestone(each) for each in ACCOUNTS] == ["granted"] * len(ACCOUNTS)
    assert wire.early == []
    refused = [each for each in await road.client.traffic() if each["caller"] == UNKEYED.id and each["status"] == 429]
    assert wire.refused() == len(refused) > 0, "the buckets were too large to say much"


async def test_other_accounts_do_not_ask_a_bucket_that_one_was_told_to_leave(local: LocalRun) -> None:
    sister = CHAT.replace("one", "two")
    local.policy.write_text(f"{PROVEN}  - {{name: lab, match: {{resourceGroups: [rg-lab]}}, goal: proven}}\n")
    for each in (CHAT, sister, ELSEWHERE):
        assert (await local.client.create_account(each)).status == 201
    await local.client.fault(path="chat-one$", caller=UNKEYED.id, times=1, answer=BUSY)
    await local.work(local.item())
    await local.client.simulator("DELETE", "traffic")
    await local.work(local.item(sister))
    assert await arm_calls(local, sister) == []
    assert all(due - local.now() > ASKED * 0.9 for due, _ in local.room.items)
    await local.work(local.item(ELSEWHERE))
    assert (await local.posture(ELSEWHERE)).milestone == "proven"
    await local.settle()
    assert [(await local.posture(each)).milestone for each in (CHAT, sister)] == ["proven"] * 2


async def test_while_writes_are_to_wait_accounts_are_read_and_none_is_written(local: LocalRun) -> None:
    sister = CHAT.replace("one", "two")
    for each in (CHAT, sister):
        assert (await local.client.create_account(each)).status == 201
    await local.client.fault(method="PUT", path="/roleAssignments/", caller=UNKEYED.id, times=1, answer=BUSY)
    await local.work(local.item())
    await local.client.simulator("DELETE", "traffic")
    await local.work(local.item(sister))
    assert {each.partition(" ")[0] for each in await arm_calls(local, sister)} == {"GET"}
    assert "limit.throttled" in await local.blockers(sister)
    await local.settle()
    assert [(await local.posture(each)).milestone for each in (CHAT, sister)] == ["proven"] * 2


async def arm_calls(local: LocalRun, account: str) -> list[str]:
    """The app's calls to Resource Manager for an account; one for another may still be under way from the pass before."""
    found = await local.client.traffic(host="management.azure.com", path=f"{account}(/|$)")
    return [f"{each['method']} {each['url']}" for each in found if each["caller"] == UNKEYED.id]


async def test_an_endpoint_that_is_busy_holds_up_its_own_account_only(local: LocalRun) -> None:
    sister = CHAT.replace("one", "two")
    for each in (CHAT, sister):
        assert (await local.client.create_account(each)).status == 201
    await local.client.fault(path="^/openai/models", times=1, answer=BUSY)
    await local.work(local.item())
    await local.work(local.item(sister))
    assert [(await local.posture(each)).milestone for each in (CHAT, sister)] == ["connected", "proven"]
    await local.settle()
    assert (await local.posture()).milestone == "proven"


async def key_use(here: Services, account: Account) -> object:
    now = here.now()
    return await here.logs.key_use(account.id, now - timedelta(days=1), now, (), timedelta(days=1))


ASKS: dict[str, tuple[str, Callable[[Services, Account], Awaitable[object]]]] = {
    "an account": ("management.azure.com", lambda here, account: here.accounts.get(account.id)),
    "a change of it": (
        "management.azure.com",
        lambda here, account: here.accounts.set_subdomain(account.id, "chat-one"),
    ),
    "its keys": ("management.azure.com", lambda here, account: here.keys.list(account.id)),
    "role assignments": (
        "management.azure.com",
        lambda here, account: here.assignments.list_at_or_above(account.id.text),
    ),
    "connections": ("management.azure.com", lambda here, account: here.connections.list_of(account.id.text)),
    "subscriptions": ("management.azure.com", lambda here, _: here.subscriptions.list()),
    "a group": ("graph.microsoft.com", lambda here, _: here.groups.find(GroupRef(id=CHAT_USERS.id))),
    "a secret": ("kv-unkeyed.vault.azure.net", lambda here, _: here.vault.get(VAULT_URL, "chat-one-key")),
    "request logs": ("api.loganalytics.io", key_use),
    "the endpoint": ("chat-one.cognitiveservices.azure.com", lambda here, account: here.inference.probe(account)),
}


@pytest.mark.parametrize("what", ASKS)
async def test_every_client_knocks_at_the_gate(local: LocalRun, what: str) -> None:
    host, ask = ASKS[what]
    assert (await local.client.create_account(CHAT)).status == 201
    account = await local.services.accounts.get(ResourceId.account(CHAT))
    await ask(local.services, account)
    await local.client.fault(host=host, times=1, answer=BUSY)
    local.services = local.new_services()
    with pytest.raises(TemporaryError) as told:
        await ask(local.services, account)
    await local.client.simulator("DELETE", "traffic")
    with pytest.raises(TemporaryError) as unsent:
        await ask(local.services, account)
    assert (told.value.retry_after, unsent.value.code) == (ASKED, "Throttled")
    assert unsent.value.retry_after is not None
    assert ASKED * 0.8 < unsent.value.retry_after <= ASKED
    assert await local.client.traffic(host=host) == []
    await local.advance(ASKED)
    await ask(local.services, account)


async def test_the_topic_for_outcomes_is_left_alone_too(local: LocalRun) -> None:
    topic = local.services.settings.outcome_topic
    assert topic
    host = topic.split("/")[2]
    await local.client.fault(host=host, times=1, answer=BUSY)
    for code in ("TooManyRequests", "Throttled"):
        with pytest.raises(TemporaryError) as caught:
            await local.services.publisher.publish("Test", CHAT, {}, event_id="one")
        assert caught.value.code == code
    await local.advance(ASKED)
    await local.services.publisher.publish("Test", CHAT, {}, event_id="one")
