"""The app's process dies between any two of its steps, each point tried; nothing is lost and nothing is done twice.

One onboarding is recorded to see every call it makes: to Azure, and to its tables and queues. Then an account is created
for each of these calls that changes something, and the process is killed once it has taken effect. To die before a call leaves
all as it was after the change before it, so that is tried for the first call, and for those that decide what the next worker
finds. The next account is created as soon as the process is dead: what the dead one left behind has to heal beside it.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pytest

from shared.roles import assignment_name
from simulator.company.identities import CHAT_USERS, UNKEYED
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.watching import CHAT, USER_ROLE

pytestmark = pytest.mark.e2e

# An account may be under way in many processes that die, more often than the host puts up with
SETTINGS = {"AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "1000"}
GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CREATE_TABLE = "/Tables$"
PUBLISH = "^/api/events$"
SETTLED = ("DELETE", "/unkeyed-work/messages/.+$")
# The host's own: it looks for messages all the time, and keeps those hidden that are worked on
POLLING = {("GET", "/unkeyed-work/messages$"), ("PUT", "/unkeyed-work/messages/.+$")}
DECIDES = re.compile("roleAssignments|/Unkeyed(Leases|Ledger|Posture)")
MAKES_QUEUE = ("PUT", "/unkeyed-work$")


@dataclass(frozen=True, slots=True)
class Point:
    """One call of an onboarding, whatever the account: the `skip` calls like it that come first are others."""

    method: str
    path: str
    body: str = ""
    skip: int = 0

    def rule(self) -> Json:
        """The fault that is hit by this call."""
        who = {} if self.path.startswith("/") else {"caller": UNKEYED.id}
        return {"method": self.method, "path": self.path, "body": self.body, "skip": self.skip, **who}


def azure_path(url: str) -> str:
    """The path of a call to Azure as a pattern for any account."""
    path = re.escape(urlsplit(url).path)
    path = re.sub(r"(?i)/accounts/[^/]+", "/accounts/[^/]+", path)
    path = re.sub(r"(?i)/roleAssignments/.+", f"/roleAssignments/{GUID}", path)
    return f"^{path}$"


def storage_path(target: str) -> str:
    """The path of a call to storage as a pattern for any row or message."""
    path = unquote(target.partition("?")[0]).removeprefix("/unkeyedlocal")
    path = re.sub(r"\((.*)\)", lambda found: r"\(.+\)" if found[1] else r"\(\)", path)
    path = re.sub("/messages/.+", "/messages/.+", path)
    return f"{path}$"


async def storage_calls(app: AppRun) -> list[tuple[str, str]]:
    requests = (await app.client.simulator("GET", "storage"))["requests"]
    return [(each["method"], storage_path(each["path"])) for each in requests]


async def is_announced_as_proven(app: AppRun, account: str) -> bool:
    return any(
        (each["subject"].lower(), each["data"].get("milestone")) == (account.lower(), "proven")
        for each in await app.client.outcomes()
    )


async def recorded(app: AppRun) -> list[Point]:
    """Every call that a fresh process makes to onboard an account. Nothing here looks into storage, which would be seen."""
    await app.keep_down(True)
    before = len(await storage_calls(app))
    await app.client.simulator("DELETE", "traffic")
    told = len(await app.client.outcomes())
    await app.keep_down(False)
    await app.client.create_account(CHAT)

    async def is_settled() -> bool:
        return SETTLED in (await storage_calls(app))[before:] and await is_announced_as_proven(app, CHAT)

    async def is_still() -> bool:
        """True once the app has asked storage for a second for nothing but messages."""
        seen = len([each for each in await storage_calls(app) if each not in POLLING])
        await asyncio.sleep(1)
        return seen == len([each for each in await storage_calls(app) if each not in POLLING])

    await app.until("the account is proven and its message is settled", is_settled)
    await app.until("what else came of it is done", is_still)
    azure = [
        (each["method"], azure_path(each["url"])) for each in await app.client.traffic() if each["caller"] == UNKEYED.id
    ]
    storage = [each for each in (await storage_calls(app))[before:] if each not in POLLING]
    events = [each["type"] for each in (await app.client.outcomes())[told:]]
    return points(azure + storage, events)


def points(calls: list[tuple[str, str]], events: list[str]) -> list[Point]:
    """Each call as a point of its own. What only a body tells apart is told apart by it: events and new tables."""
    counts = Counter(calls)
    tables = {named[1] for _, path in calls if (named := re.match(r"/(Unkeyed\w+)", path))}
    assert counts.pop(("POST", CREATE_TABLE)) >= len(tables)  # more where two pieces of work begin at once
    assert counts.pop(("POST", PUBLISH)) == len(events)
    found = [Point(method, path, skip=each) for (method, path), count in counts.items() for each in range(count)]
    found.remove(Point(*MAKES_QUEUE))  # by the host, before it serves
    bodies = [("POST", CREATE_TABLE, f'"{each}"') for each in tables] + [("POST", PUBLISH, each) for each in events]
    return found + [Point(*each) for each in sorted(bodies)]


async def assert_healed(app: AppRun, account: str, point: str) -> None:
    """The account is where it would be without the crash, and its ledger and the outcomes say so."""
    assert (await app.posture(account)).milestone == "proven", point
    (made,) = await app.client.assignments(account)
    assert made["name"] == assignment_name(account, CHAT_USERS.id, USER_ROLE), point
    entries = Counter(await app.ledger(account))
    assert entries.pop(("AssignRole", "done")) == 1, point
    assert set(entries) <= {("AssignRole", "abandoned")}, f"{point}: {entries}"
    outcomes = [each for each in await app.client.outcomes() if each["subject"].lower() == account.lower()]
    assert len({each["id"] for each in outcomes if each["type"] == "Unkeyed.RoleAssigned"}) == 1, point


@pytest.mark.timeout(1800)
async def test_the_process_may_die_between_any_two_of_its_changes(app: AppRun) -> None:
    await app.client.turn(event_retry_scale=0.005)
    await app.client.create_account(f"{CHAT}-first")
    await app.until_at("proven", f"{CHAT}-first")
    calls = await recorded(app)
    changes = [each for each in calls if each.method not in ("GET", "HEAD")]
    assert len(changes) >= 25, "fewer changes were recorded than an onboarding makes"
    died = {}
    decisive = [calls[0], *(each for each in changes if DECIDES.search(each.path))]
    deaths = [*((each, "before") for each in decisive), *((each, "after") for each in changes)]
    for number, (point, moment) in enumerate(deaths):
        account = f"{CHAT}-{number}"
        await app.client.fault(**point.rule(), kill=moment)
        await app.client.create_account(account)
        await app.fault_was_hit()
        died[account] = f"{moment} {point}"

    async def are_proven() -> bool:
        proven = {
            each["subject"].lower() for each in await app.client.outcomes() if each["data"].get("milestone") == "proven"
        }
        return {each.lower() for each in died} <= proven

    # An event that has met many deaths waits long: at this scale up to 216 seconds, where the host is slow to come back
    await app.until("every account is proven", are_proven, patience=900)
    await app.until_idle()
    for account, where in died.items():
        await assert_healed(app, account, where)
    assert await app.poisoned() == []
    # A process that is about to be dead may meet the next death, too
    assert (await app.client.simulator("GET", "app"))["starts"] > len(died) * 0.9


async def test_a_host_that_dies_while_it_starts_is_started_again(app: AppRun) -> None:
    before = (await app.client.simulator("GET", "app"))["starts"]
    for _ in range(3):
        for down in (True, False):
            await app.client.simulator("PATCH", "app", {"down": down})
        await asyncio.sleep(0.2)  # it takes longer to start
    await app.keep_down(False)
    assert (await app.client.simulator("GET", "app"))["starts"] < before + 3, (
        "each start was over before the next death"
    )
    await app.client.create_account(f"{CHAT}-after")
    await app.until_at("proven", f"{CHAT}-after")
