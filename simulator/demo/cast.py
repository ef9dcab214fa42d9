"""Who plays: the accounts of the estate, the people who call them, and how each is meant to end."""

from dataclasses import dataclass
from enum import StrEnum

from simulator.company.estate import ASSIST, BATCH, DOCS, LAB, LEGACY, SEARCH, SHOP, VOICE, SeededAccount
from simulator.company.identities import ALICE, BOB, PEOPLE, PLATFORM, SANDBOX, TEAMS, Person

MILESTONES = ("ready", "granted", "connected", "proven", "quiet", "revoked", "sealed")
# What people change in the Azure portal they change by this application of Microsoft's
PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
# The app knows people, groups and applications by their ids alone
NAMES = {**{each.id: each.name for each in (*PEOPLE, *TEAMS, PLATFORM)}, PORTAL: "Azure portal"}


class Fate(StrEnum):
    """What becomes of an account's keys when a member leaves who could list them."""

    DIES = "both keys made new"
    HELD = "held up"


@dataclass(frozen=True, slots=True)
class Part:
    """An account on the road: who calls it, the milestone it ends at, and the code of what then stops it.

    `blocked_by` is empty for one that reaches its goal; both are empty for one that the policy leaves alone. `fate` is
    empty for one whose keys the leaver could not list.
    """

    account: SeededAccount
    caller: Person
    ends_at: str | None
    blocked_by: str = ""
    takes_tokens: bool = True
    fate: Fate | None = None

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def is_sealed(self) -> bool:
        """True for one that refuses every key at the end."""
        return self.ends_at == "sealed"

    @property
    def secret(self) -> str:
        """The name of the secret that gives the account's key to its consumers."""
        return f"{self.name}-key"


THE_SHOP = Part(SHOP, ALICE, "sealed")
THE_BATCH = Part(BATCH, ALICE, "proven", "quiet.keyUsed", fate=Fate.DIES)
THE_SEARCH = Part(SEARCH, BOB, "sealed")
THE_DOCS = Part(DOCS, ALICE, "proven", "logs.noSetting", fate=Fate.DIES)
PARTS = (
    THE_SHOP,
    THE_BATCH,
    THE_SEARCH,
    Part(ASSIST, ALICE, "granted", "connection.cannotSwitch", fate=Fate.HELD),
    THE_DOCS,
    Part(VOICE, ALICE, None, takes_tokens=False),
    Part(LAB, ALICE, "proven", fate=Fate.DIES),
    Part(LEGACY, ALICE, None, "account.noSubdomain", takes_tokens=False),
)
# No part of the estate: a team makes it while everything runs
NEWCOMER = Part(
    SeededAccount("contoso-pilot", SANDBOX, "rg-lab", sends_logs=False),
    ALICE,
    "proven",
    "keys.exposed",
    fate=Fate.HELD,
)
EVERYBODY = (*PARTS, NEWCOMER)
