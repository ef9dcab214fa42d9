"""A group's life and its members', as accounts see it: made, named anew, deleted, left. Through the app in its host."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.models import KeyName
from shared.resource_id import ResourceId
from shared.roles import assignment_name
from simulator.company.identities import ALICE, BOB, CHAT_USERS, CONTRACTORS, PRODUCTION
from simulator.company.places import VAULT_URL
from tests.e2e.app import AppRun
from tests.e2e.test_group_events import hearing
from tests.watching import USER_ROLE

pytestmark = pytest.mark.e2e
__all__ = ["hearing"]

GROUP = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts"
WAITING, WITH_VAULT, BARE, HELD, SEALED = (
    f"{GROUP}/life-{each}" for each in ("waiting", "vault", "bare", "held", "sealed")
)
NAME = "sg-rg-chat-newcomers"
POLICY = f"""
version: 1
rules:
  - name: waiting
    match: {{accounts: [life-waiting]}}
    goal: proven
    grants: [{{groupName: "sg-{{resourceGroup}}-newcomers", role: cognitive-services-user}}]
  - name: vault
    match: {{accounts: [life-vault, life-held]}}
    goal: proven
    grants: &grants [{{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    keys: {{vault: "{VAULT_URL}", grace: PT1S, revokeOn: [memberRemoved]}}
    propagation: PT0S
  - name: bare
    match: {{accounts: [life-bare]}}
    goal: proven
    grants: *grants
    connections: entra
    keys: {{revokeOn: [memberRemoved]}}
    quiet: PT1S
    propagation: PT0S
  - name: sealed
    match: {{accounts: [life-sealed]}}
    goal: sealed
    grants: *grants
    connections: entra
    keys: {{vault: "{VAULT_URL}", grace: PT1S, revokeOn: [memberRemoved]}}
    quiet: PT1S
    propagation: PT0S
"""


@pytest.fixture
async def life(hearing: AppRun) -> AsyncIterator[AppRun]:
    policy = hearing.place.home / "policy.yaml"
    before = policy.read_text()
    policy.write_text(POLICY)
    await hearing.client.turn(local_auth_lag=0, log_ingestion=0)
    yield hearing
    policy.write_text(before)


async def until_said(app: AppRun, account: str, code: str) -> str:
    """Waits until the account is blocked by this; returns what is said of it."""

    async def is_said() -> bool:
        found = await app.postures.get(ResourceId.account(account))
        return found is not None and code in {each["code"] for each in found.blockers}

    await app.until(f"{account} says {code}", is_said)
    return (await app.blockers(account))[code]


async def until_gone(app: AppRun, code: str, account: str) -> None:
    async def is_gone() -> bool:
        return code not in await app.blockers(account)

    await app.until(f"{account} says {code} no more", is_gone)


async def ours(app: AppRun, account: str) -> list[str]:
    """Whom the app's own assignments on the account are for."""
    found = await app.client.assignments(account)
    return [
        each["properties"]["principalId"]
        for each in found
        if each["properties"]["scope"].lower() == account.lower()
        and (each["properties"].get("description") or "").startswith("unkeyed:")
    ]


def passes(app: AppRun, account: str) -> list[str]:
    """The causes of the passes that the app has finished of an account."""
    return [
        each["cause"]
        for each in app.log()
        if each["message"].startswith("pass finished") and str(each.get("account", "")).lower() == account.lower()
    ]


async def test_a_group_that_is_made_named_anew_and_deleted_gives_and_takes_access(life: AppRun) -> None:
    await life.client.create_account(WAITING)
    await until_said(life, WAITING, "grant.groupMissing")
    await life.until_idle()
    before = len(passes(life, WAITING))
    group = await life.client.add_group(NAME, members=[ALICE.id])
    await life.client.graph("PATCH", f"/groups/{group}", {"description": "made by a person"})
    await life.until_at("proven", WAITING)
    made = assignment_name(WAITING, group, USER_ROLE)
    assert (await ours(life, WAITING), made in {each["name"] for each in await life.client.assignments(WAITING)}) == (
        [group],
        True,
    )
    causes = passes(life, WAITING)[before:]
    assert causes[0] == "group created or changed"
    assert causes.count("group created or changed") == 1, causes

    await life.client.rename_group(group, "sg-something-else")
    said = await until_said(life, WAITING, "grant.groupMissing")
    assert "nobody has access by it" in said
    assert await ours(life, WAITING) == [group]  # nothing is taken before its replacement is there
    await life.client.rename_group(group, NAME)
    await until_gone(life, "grant.groupMissing", WAITING)

    await life.client.delete_group(group)
    await until_said(life, WAITING, "grant.groupMissing")
    await life.until_idle()
    assert await ours(life, WAITING) == []
    assert ("RemoveAssignment", "done") in await life.ledger(WAITING)
    await life.client.restore_group(group)
    await until_gone(life, "grant.groupMissing", WAITING)
    await life.until_idle()
    assert await ours(life, WAITING) == [group]
    assert await life.poisoned() == []


async def test_who_leaves_a_group_in_a_group_loses_the_keys_they_could_list(life: AppRun) -> None:
    keys = {}
    for each in (WITH_VAULT, BARE, HELD, SEALED):
        subdomain = each.rpartition("/")[2]
        await life.client.create_account(
            each, properties={"customSubDomainName": subdomain, "allowProjectManagement": True}
        )
        await life.client.send_logs(each)
        keys[each] = (await life.client.list_keys(each)).body
    await life.client.add_project(HELD, "alpha")
    custom = {"category": "CustomKeys", "authType": "CustomKeys", "target": "https://life-held.openai.azure.com/"}
    held = {**custom, "metadata": {"ResourceId": HELD}, "credentials": {"keys": {"key": keys[HELD]["key1"]}}}
    assert (await life.client.put_connection(f"{HELD}/projects/alpha", "custom", held)).status == 200
    await life.until_at("sealed", SEALED)
    for each in (WITH_VAULT, BARE):
        await life.until_at("proven", each)
    await until_said(life, HELD, "connection.cannotSwitch")
    await life.until_idle()
    await until_watched(life)

    writes = [each for each in await life.writes() if SEALED.lower() in each.lower()]
    assert (await life.client.remove_member(CONTRACTORS.id, BOB.id)).status == 204
    for each in (WITH_VAULT, BARE):
        await life.until(f"both keys of {each} are new", both_new(life, each))
    said = await until_said(life, HELD, "keys.exposed")
    assert BOB.id in said
    assert CHAT_USERS.id in said
    assert "custom" in said
    await life.until_idle()
    assert (await life.client.list_keys(HELD)).body == keys[HELD]
    assert [each for each in await life.writes() if SEALED.lower() in each.lower()] == writes
    assert (await life.posture(SEALED)).milestone == "sealed"
    for each in (WITH_VAULT, BARE):
        subdomain = each.rpartition("/")[2]
        answers = [await life.client.chat(subdomain, key=keys[each][name]) for name in KeyName]
        assert [each.status for each in answers] == [401, 401]
        await until_gone(life, "keys.exposed", each)
    value = (await life.client.secret("life-vault-key")).body["value"]
    assert (await life.client.chat("life-vault", key=value)).status not in {401, 403}
    assert await life.poisoned() == []


def both_new(app: AppRun, account: str) -> Callable[[], Awaitable[bool]]:
    async def are_new() -> bool:
        done = [kind for kind, state in await app.ledger(account) if state == "done"]
        return done.count("RotateKey") + done.count("RevokeKey") == len(KeyName)

    return are_new


async def until_watched(app: AppRun) -> None:
    """Waits until the members of the group in the group are known."""

    async def is_watched() -> bool:
        rows = [each for each in await app.rows() if each["table"] == "UnkeyedGroupHeads"]
        return {CHAT_USERS.id, CONTRACTORS.id} <= {each["RowKey"] for each in rows}

    await app.until("the groups are watched", is_watched)
