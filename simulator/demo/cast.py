"""Who plays: the accounts of the estate, the people who call them, and how each is meant to end."""

from dataclasses import dataclass

from simulator.company.estate import ASSIST, BATCH, DOCS, LAB, LEGACY, SEARCH, SHOP, VOICE, SeededAccount
from simulator.company.identities import ALICE, BOB, SANDBOX, Person

MILESTONES = ("ready", "granted", "connected", "proven", "quiet", "revoked", "sealed")


@dataclass(frozen=True, slots=True)
class Part:
    """An account on the road: who calls it, the milestone it ends at, and the code of what then stops it.

    `blocked_by` is empty for one that reaches its goal; both are empty for one that the policy leaves alone.
    """

    account: SeededAccount
    caller: Person
    ends_at: str | None
    blocked_by: str = ""
    takes_tokens: bool = True

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
THE_BATCH = Part(BATCH, ALICE, "proven", "quiet.keyUsed")
THE_SEARCH = Part(SEARCH, BOB, "sealed")
PARTS = (
    THE_SHOP,
    THE_BATCH,
    THE_SEARCH,
    Part(ASSIST, ALICE, "granted", "connection.cannotSwitch"),
    Part(DOCS, ALICE, "proven", "logs.noSetting"),
    Part(VOICE, ALICE, None, takes_tokens=False),
    Part(LAB, ALICE, "proven"),
    Part(LEGACY, ALICE, None, "account.noSubdomain", takes_tokens=False),
)
# No part of the estate: a team makes it while everything runs
NEWCOMER = Part(SeededAccount("contoso-pilot", SANDBOX, "rg-lab", sends_logs=False), ALICE, "proven")
EVERYBODY = (*PARTS, NEWCOMER)
