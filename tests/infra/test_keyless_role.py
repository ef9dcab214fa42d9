"""The role that infra offers for users: its holders call models by token and cannot list the keys, unlike the how-to's own role."""

import pytest

from simulator.client import ACCOUNTS_VERSION, ARM, INFERENCE
from simulator.company.identities import ALICE
from simulator.company.table import KEYLESS_USER
from tests.functional.road import CHAT, Road, policy
from tests.local import USER_ROLE, LocalRun


async def as_alice(local: LocalRun) -> tuple[int, int]:
    """What Alice is answered to a chat by token, and when she asks for the keys."""
    client = local.client
    chat = await client.chat("chat-one", token=await client.token(ALICE.id, INFERENCE))
    headers = {"Authorization": f"Bearer {await client.token(ALICE.id, ARM)}"}
    keys = await client.call("POST", f"{ARM}{CHAT}/listKeys?api-version={ACCOUNTS_VERSION}", headers=headers)
    return chat.status, keys.status


@pytest.mark.parametrize(("role", "keys"), [(KEYLESS_USER, 403), (USER_ROLE, 200)], ids=["without keys", "built-in"])
async def test_the_app_grants_the_role_and_its_holders_chat_but_see_no_key(
    local: LocalRun, role: str, keys: int
) -> None:
    road = Road(local)
    await road.begin(policy("proven", "").replace("cognitive-services-user", role), logs=False)
    await road.client.deploy(CHAT)
    await road.walk()
    assert (await road.milestone(), await local.blockers()) == ("proven", {})
    assert await as_alice(local) == (200, keys)
