"""What somebody with every right sees of an account, its keys, its secret and what leads to it, at one moment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from simulator.client import ACCOUNTS_VERSION, ARM, WORKSPACES_VERSION, Answer, Client
from simulator.company.identities import UNKEYED, WORKSTATION
from simulator.company.places import LOGS, VAULT_URL
from tests.fleet.road_steps import NAMES
from tests.fleet.steps import PLACES
from tests.fleet.tenant import Tenant, held, scope_of

# Where consumers call from; the app itself comes from the loopback
CONSUMER = "203.0.113.9"
_SHOWN = "203.0.113.***"
_YEARS = 10**9
_REFUSED = ("401", "403")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a secret: from when on it was the current one, what it holds (None where it is disabled), whose it is."""

    created: datetime
    value: str | None
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class Sight:
    """One account. `keys` is None where it shows none, `uses` are the calls of consumers that a key let in and a log tells of."""

    name: str
    made: datetime | None
    takes_keys: bool
    keys: Mapping[str, str] | None
    secret: Version | None  # what consumers read; None where there is none, or none that the vault gives out
    versions: Sequence[Version]  # oldest first
    uses: Sequence[datetime]
    logged_since: datetime | None
    probed: Sequence[datetime]


class Eyes:
    """Looks as a principal of its own: what it does with keys leaves events, which the app is not told of."""

    def __init__(self, client: Client, tenant: Tenant) -> None:
        self.client = client
        self.tenant = tenant
        self._headers: dict[str, str] = {}

    async def open(self) -> None:
        asked = {"principal": WORKSTATION.id, "audience": ARM, "lifetime": _YEARS}
        token = (await self.client.simulator("POST", "tokens", asked))["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    async def arm(self, method: str, path: str) -> Any:
        """The body of an answer, None where it was refused."""
        version = WORKSPACES_VERSION if "MachineLearning" in path else ACCOUNTS_VERSION
        answer = await self.client.call(method, f"{ARM}{path}?api-version={version}", headers=self._headers)
        return answer.body if answer.status < 300 else None

    async def account(self, name: str) -> Sight:
        """All of one account that the road depends on."""
        place = PLACES[name]
        found = await self.arm("GET", place)
        made = datetime.fromisoformat(found["systemData"]["createdAt"]) if found else None
        rows = [each for each in await self.client.simulator("GET", "logs", workspace=LOGS) if _is_of(each, place)]
        return Sight(
            name,
            made,
            bool(found) and not found["properties"].get("disableLocalAuth"),
            await self.arm("POST", f"{place}/listKeys") if found else None,
            await self._secret(f"fleet-{name}-key"),
            await self._versions(f"fleet-{name}-key"),
            [_time(each) for each in rows if _is_use(each)],
            min(map(_time, rows), default=None),
            await self._probed(f"fleet-{name}"),
        )

    async def gives_out_dead_key(self, name: str) -> bool:
        """True where consumers read a key in the vault, as the account's, that the account does not take though it takes keys."""
        secret = await self._secret(f"fleet-{name}-key")
        if secret is None or secret.account != PLACES[name].lower():
            return False
        keys = await self.arm("POST", f"{PLACES[name]}/listKeys")
        return bool(keys) and secret.value not in keys.values()

    async def connections(self) -> dict[str, dict[str, Any]]:
        """Every connection by its id in lower case."""
        return {each["id"].lower(): each for each in await self.client.simulator("GET", "connections")}

    async def roles(self, name: str) -> dict[tuple[str, str], datetime]:
        """Who holds which role on an account, and since when."""
        there = [each for each in await self.tenant.assignments() if scope_of(each) == PLACES[name].lower()]
        return {held(each): datetime.fromisoformat(each["properties"]["createdOn"]) for each in there}

    async def identity(self, owner: str) -> str:
        """The object id of the identity of an account, project or hub."""
        found = await self.arm("GET", owner)
        return str((found or {}).get("identity", {}).get("principalId", ""))

    async def _secret(self, name: str) -> Version | None:
        answer = await self.client.secret(name)
        return _version(answer.body) if answer.status == 200 else None

    async def _versions(self, name: str) -> list[Version]:
        listed = await self.client.vault("GET", f"/secrets/{name}/versions")
        found = [
            _version(answer.body if (answer := await self._version(each)).status == 200 else each)
            for each in listed.body.get("value", ())
        ]
        return sorted(found, key=lambda each: each.created)

    async def _version(self, listed: dict[str, Any]) -> Answer:
        return await self.client.vault("GET", urlsplit(listed["id"]).path)

    async def _probed(self, host: str) -> list[datetime]:
        """When the account took a token of the app."""
        sent = await self.client.traffic(path="^/openai/models")
        return [
            datetime.fromisoformat(each["at"])
            for each in sent
            if each["caller"] == UNKEYED.id and each["status"] < 300 and f"//{host}." in each["url"]
        ]


def _version(found: dict[str, Any]) -> Version:
    tags = found.get("tags") or {}
    return Version(
        datetime.fromtimestamp(found["attributes"]["created"], UTC),
        found.get("value"),
        tags.get("ProviderAddress", "").lower(),
        tags.get("CredentialId", ""),
    )


def accounts_of(connection: dict[str, Any]) -> list[str]:
    """The short names of the accounts that a connection leads to: by its metadata, and by the host it calls."""
    by_id = {name.lower(): value for name, value in (connection["metadata"] or {}).items()}.get(
        "resourceid", ""
    ).lower()
    host = (urlsplit(connection["target"] or "").hostname or "").partition(".")[0]
    return [name for name in NAMES if PLACES[name].lower() == by_id or host == f"fleet-{name}"]


def holds_key(connection: dict[str, Any]) -> bool:
    return bool(connection["authType"] != "AAD")


def secret_url(name: str) -> str:
    return f"{VAULT_URL}/secrets/fleet-{name}-key"


def _is_of(row: dict[str, Any], place: str) -> bool:
    return bool(row["_ResourceId"] == place.lower())


def _is_use(row: dict[str, Any]) -> bool:
    who = json.loads(row["properties_s"])["objectId"]
    return bool(row["CallerIPAddress"] == _SHOWN and not who and row["ResultSignature"] not in _REFUSED)


def _time(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["TimeGenerated"])
