"""The estate's connections as the platform team reads them, before and after."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from shared.store.postures import Posture
from simulator.client import Client
from simulator.company.estate import CONNECTIONS, SeededConnection

ENTRA = "AAD"


@dataclass(frozen=True, slots=True)
class Change:
    """A connection, and the type of its authentication before and after; `note` says why it is as it is."""

    connection: SeededConnection
    before: str
    after: str
    note: str

    @property
    def owner(self) -> str:
        """The owner's name, a Foundry project's with its account's before it."""
        pieces = self.connection.owner.split("/")
        return "/".join(pieces[8::2])

    @property
    def points_at(self) -> str:
        return self.connection.account.name if self.connection.account else ""

    @property
    def in_short(self) -> str:
        """Why it is as it is, in a few words."""
        if self.after not in (ENTRA, self.before):
            return "astray"
        if self.after == ENTRA:
            return "had it already" if self.before == ENTRA else "switched"
        return "cannot, see above" if self.connection.holds_account_key else "no account's key"

    @property
    def is_as_it_should_be(self) -> bool:
        switches = self.connection.holds_account_key and self.connection.switches
        return self.after == (ENTRA if switches else self.before)


async def auth_types(client: Client) -> dict[str, str]:
    """The authType of every connection of the estate, by its id, as Resource Manager shows it."""
    found = await asyncio.gather(*(_auth_type(client, each) for each in CONNECTIONS))
    return {each.id: auth_type for each, auth_type in zip(CONNECTIONS, found, strict=True)}


async def _auth_type(client: Client, connection: SeededConnection) -> str:
    answer = await client.connection(connection.id)
    return str(answer.body["properties"]["authType"]) if answer.status == 200 else f"missing ({answer.status})"


def changes(before: dict[str, str], after: dict[str, str], postures: Iterable[Posture]) -> list[Change]:
    """What became of each connection, and why: the blockers of the accounts say it for those that keep their key."""
    messages = [each["message"] for posture in postures for each in posture.blockers]
    return [
        Change(each, before[each.id], after[each.id], _note(each, before[each.id], after[each.id], messages))
        for each in CONNECTIONS
    ]


def _note(connection: SeededConnection, before: str, after: str, messages: list[str]) -> str:
    if before == ENTRA:
        return "had Entra ID already"
    if after == ENTRA:
        return "switched"
    if not connection.holds_account_key:
        return "holds no account's key"
    return next((each for each in messages if connection.name in each), "kept its key, and no blocker says why")
