"""The people, groups and identities of the seeded company. Ids are fixed so that a policy and a person can name them."""

from dataclasses import dataclass

PRODUCTION = "11111111-1111-4111-8111-111111111111"
SANDBOX = "22222222-2222-4222-8222-222222222222"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    password: str

    @property
    def user_name(self) -> str:
        return f"{self.name.lower()}@contoso.example"


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    id: str
    app_id: str
    name: str


ALICE = Person("a11ce000-0000-4000-8000-000000000001", "Alice", "alice-of-the-local-azure")
BOB = Person("b0b00000-0000-4000-8000-000000000002", "Bob", "bob-of-the-local-azure")
CAROL = Person("ca501000-0000-4000-8000-000000000003", "Carol", "carol-of-the-local-azure")
DORA = Person("d05a0000-0000-4000-8000-000000000004", "Dora", "dora-of-the-local-azure")
PEOPLE = (ALICE, BOB, CAROL, DORA)

CONTRACTORS = Team("5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000002", "sg-contractors", (BOB.id,))
CHAT_USERS = Team("5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001", "sg-chat-users", (ALICE.id, CONTRACTORS.id))
TEAMS = (CONTRACTORS, CHAT_USERS)

# Owner of both subscriptions; whoever sources .local/env acts as it
PLATFORM = Identity(
    "0f1a7f08-0000-4000-8000-000000000010", "0f1a7f08-a000-4000-8000-000000000010", "platform-engineering"
)
# The identity of the machine, for `az login --identity`
WORKSTATION = Identity("0f1a7f08-0000-4000-8000-000000000011", "0f1a7f08-a000-4000-8000-000000000011", "workstation")
# The function app's own
UNKEYED = Identity("0f1a7f08-0000-4000-8000-000000000012", "0f1a7f08-a000-4000-8000-000000000012", "unkeyed")
# The application registration of the app's HTTP side
PORTAL = Identity("0f1a7f08-0000-4000-8000-000000000013", "0f1a7f08-a000-4000-8000-000000000013", "unkeyed-portal")
