"""Who plays: three teams with an account each, and the people who want to call them."""

from dataclasses import dataclass

from simulator.company.identities import ALICE, BOB, PRODUCTION, Person

_GROUPS = f"/subscriptions/{PRODUCTION}/resourceGroups"


@dataclass(frozen=True, slots=True)
class Part:
    """One team's account, the person who will call it, and what the policy should make of it."""

    team: str
    group: str
    name: str
    caller: Person
    ends_at: str | None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def account(self) -> str:
        return f"{_GROUPS}/{self.group}/providers/Microsoft.CognitiveServices/accounts/{self.name}"


CHAT = Part("chat", "rg-chat", "contoso-chat", ALICE, "proven")
VOICE = Part("voice", "rg-chat", "contoso-voice", ALICE, None)
SEARCH = Part("search", "rg-search", "contoso-search", BOB, "proven", (("env", "prod"),))
PARTS = (CHAT, VOICE, SEARCH)
# The group that the rule for production accounts names for the search team, and that nobody has made yet
MISSING_GROUP = "sg-rg-search-users"
DEPLOYMENT = "gpt"
