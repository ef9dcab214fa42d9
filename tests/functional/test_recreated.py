"""An account that was deleted and made again under its name is another account."""

from datetime import timedelta

from shared.road.sweep import sweep
from tests.local import CHAT, LocalRun

PURGE = CHAT.replace(
    "/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts",
    "/providers/Microsoft.CognitiveServices/locations/westeurope/resourceGroups/rg-chat/deletedAccounts",
)


async def test_the_proof_of_the_old_account_is_none_for_the_new_one(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    first = (await local.posture()).proof
    await local.client.arm("DELETE", CHAT)
    await local.client.arm("DELETE", PURGE)
    await local.advance(timedelta(minutes=5))
    await local.client.create_account(CHAT)
    await local.client.simulator("DELETE", "traffic")
    await sweep(local.services)
    await local.settle()
    found = await local.posture()
    assert found.milestone == "proven"
    assert found.proof is not None
    assert first is not None
    assert found.proof.at > first.at
    assert await local.client.traffic(path="/openai/models")
