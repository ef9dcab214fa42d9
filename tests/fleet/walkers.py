"""Accounts that are to go the whole road: how each is made, and what is true of it once it has arrived."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.client import Client
from simulator.company.identities import CHAT_USERS
from simulator.wire import Json
from tests.watching import CHAT, Watching

_GROUP, _, _ = CHAT.rpartition("/")
_ANNOUNCED = {
    "AssignRole": "RoleAssigned",
    "SwitchConnection": "ConnectionSwitched",
    "PublishKey": "KeyPublished",
    "RotateKey": "KeyRotated",
    "RevokeKey": "KeyRevoked",
    "DisableLocalAuth": "AccountSealed",
    "WithdrawKey": "KeyWithdrawn",
}


@dataclass(frozen=True, slots=True)
class Walker:
    """One account; the way its connection signs in cannot be changed where that is `stubborn`."""

    name: str
    stubborn: bool = False

    @property
    def account(self) -> str:
        return f"{_GROUP}/{self.name}"

    @property
    def project(self) -> str:
        return f"{self.account}/projects/alpha"

    @property
    def connection(self) -> str:
        return f"{self.project}/connections/{'stubborn' if self.stubborn else 'pliant'}"

    @property
    def secret(self) -> str:
        return "" if self.name.startswith("bare-") else f"{self.name}-key"

    def named(self, name: object) -> "Walker":
        """One of this sort."""
        return replace(self, name=self.name.format(name))

    def steps(self) -> dict[str, int]:
        """How often each kind of step is to be done on the whole road."""
        by_vault = {"PublishKey": 1, "RotateKey": 2, "WithdrawKey": 1}
        keys = by_vault if self.secret else {"RevokeKey": 2}
        return {"AssignRole": 1, "SwitchConnection": 1, "DisableLocalAuth": 1, **keys}

    def announced(self) -> dict[str, int]:
        """How many outcomes of each kind are to be announced, repetitions of one apart."""
        return {f"Unkeyed.{_ANNOUNCED[kind]}": count for kind, count in self.steps().items()}


# One of each sort, to be given a name
PLAIN, STUBBORN, BARE = Walker("road-{}"), Walker("firm-{}", stubborn=True), Walker("bare-{}")


@dataclass(frozen=True, slots=True)
class Departure:
    """What an account had when it was made: both keys, and its connection as it was shown."""

    keys: tuple[str, str] = field(repr=False)
    connection: Json


async def made(client: Client, walker: Walker) -> Departure:
    """Makes the account, with a project whose connection holds its first key, and has its request log sent."""
    properties = {"customSubDomainName": walker.name, "allowProjectManagement": True}
    assert (await client.create_account(walker.account, properties=properties)).status == 201
    assert (await client.send_logs(walker.account)).status in {200, 201}
    assert (await client.add_project(walker.account, "alpha")).status in {200, 201}
    keys = (await client.list_keys(walker.account)).body
    name = walker.connection.rpartition("/")[2]
    answer = await client.put_connection(walker.project, name, key_connection(walker, keys["key1"]))
    assert answer.status == 200
    return Departure((keys["key1"], keys["key2"]), answer.body["properties"])


def key_connection(walker: Walker, key: str) -> Json:
    return {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": f"https://{walker.name}.openai.azure.com/",
        "isSharedToAll": False,
        "sharedUserList": [CHAT_USERS.members[0]],
        "credentials": {"key": key},
        "metadata": {"ApiType": "Azure", "ResourceId": walker.account, "ApiVersion": "2024-10-21", "team": "alpha"},
    }


async def assert_arrived(there: Watching, departures: Mapping[Walker, Departure], said: Mapping[str, str]) -> None:
    """Every account is sealed as its rule wants it, and nothing was done twice; `said` is what befell the account of a name."""
    announced = defaultdict[str, dict[str, str]](dict)
    for each in await there.client.outcomes():
        announced[each["subject"].lower()][each["id"]] = each["type"]
    renewed = Counter(
        each["url"].lower().split("/accounts/")[1].partition("/")[0]
        for each in await there.client.traffic(method="POST", path="/regenerateKey$")
        if each["status"] == 200
    )
    for walker, departure in departures.items():
        what = f"{walker.name}: {said.get(walker.name, '')}"
        assert (await there.posture(walker.account)).milestone == "sealed", what
        assert renewed[walker.name] == 2, f"{what}: {renewed[walker.name]} keys were made new"
        await _assert_shut(there.client, walker, departure, what)
        await _assert_switched(there.client, walker, departure, what)
        await _assert_written_down(there, walker, what)
        kinds = Counter(announced[walker.account.lower()].values())
        assert {kind: kinds[kind] for kind in walker.announced()} == walker.announced(), f"{what}: {kinds}"


async def _assert_shut(client: Client, walker: Walker, departure: Departure, what: str) -> None:
    """No key from before is taken, and none is handed out any more."""
    answers = [(await client.chat(walker.name, key=each)).status for each in departure.keys]
    assert answers == [401, 401], f"{what}: {answers}"
    assert (await client.list_keys(walker.account)).status == 400, what
    if walker.secret:
        assert (await client.secret(walker.secret)).status == 403, what


async def _assert_switched(client: Client, walker: Walker, departure: Departure, what: str) -> None:
    after = (await client.connection(walker.connection)).body["properties"]
    assert after["authType"] == "AAD", what
    assert _but_credentials(after) == _but_credentials(departure.connection), what


def _but_credentials(properties: Json) -> Json:
    return {name: value for name, value in properties.items() if name not in ("authType", "credentials")}


async def _assert_written_down(there: Watching, walker: Walker, what: str) -> None:
    """Every step that took effect is in the ledger as done, and what was begun in vain as abandoned."""
    entries = Counter(await there.ledger(walker.account))
    done = Counter({kind: count for (kind, state), count in entries.items() if state == "done"})
    assert done == Counter(walker.steps()), f"{what}: {entries}"
    assert {state for _, state in entries} <= {"done", "abandoned"}, f"{what}: {entries}"
