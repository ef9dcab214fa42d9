"""Rotation: one key at a time, never the one that consumers hold, and once only, however often it is asked for."""

import asyncio
from datetime import timedelta

import pytest

from shared.models import ExposureKind, SecretItem, WorkItem
from shared.resource_id import ResourceId
from shared.road.sweep import sweep
from simulator.wire import Json
from tests.functional.road import CHAT, VAULT_URL, Road, policy

ROTATING = policy("proven", f'keys: {{vault: "{VAULT_URL}", grace: PT1H, rotateEvery: P1D}}')
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REGENERATE = "/regenerateKey$"


@pytest.fixture
async def rotating(road: Road) -> Road:
    """An account with its first secret."""
    await road.begin(ROTATING)
    await road.walk()
    return road


async def later(road: Road, by: timedelta) -> None:
    """Time goes by, of which the app only sweeps the end; a new process has tokens that are still good."""
    await road.local.advance(by)
    road.local.services = road.local.new_services()
    await sweep(road.local.services)
    road.local.room.items.clear()
    await asyncio.sleep(0.3)  # the vault looks at the clock every 0.1 s


async def secret_events(road: Road) -> list[SecretItem]:
    """What the vault has said since the last time, as work."""
    found = [each for each in await road.hear() if isinstance(each, SecretItem)]
    road.local.room.items.clear()
    return found


async def versions(road: Road) -> list[Json]:
    found = await road.client.vault("GET", "/secrets/chat-one-key/versions")
    return list(found.body["value"])


async def regenerations(road: Road) -> int:
    return len(await road.calls("POST", REGENERATE))


async def test_the_first_secret_holds_the_first_key_as_it_is(rotating: Road) -> None:
    secret = await rotating.secret()
    assert secret["value"] == (await rotating.keys())["key1"]
    tags = secret["tags"]
    assert (tags["CredentialId"], tags["ProviderAddress"].lower()) == ("key1", CHAT.lower())
    assert (tags["ValidityPeriodDays"], bool(tags["OperationId"])) == ("31", True)
    expires_in = secret["attributes"]["exp"] - secret["attributes"]["created"]
    assert abs(expires_in - timedelta(days=31).total_seconds()) < 60
    assert await regenerations(rotating) == 0


async def test_a_secret_near_its_end_is_followed_by_the_other_key_and_the_old_one_lives_on(rotating: Road) -> None:
    first = await rotating.keys()
    await rotating.forget_events()
    await later(rotating, DAY + timedelta(seconds=5))
    (item,) = await secret_events(rotating)
    await rotating.local.work(item)
    await rotating.local.settle()
    secret = await rotating.secret()
    assert (secret["tags"]["CredentialId"], secret["value"] in first.values()) == ("key2", False)
    assert await rotating.takes(secret["value"])
    assert await rotating.takes(first["key1"])
    assert not await rotating.takes(first["key2"])
    assert await rotating.local.announced() == [
        "Unkeyed.RoleAssigned",
        "Unkeyed.KeyPublished",
        "Unkeyed.MilestoneReached",
        "Unkeyed.KeyRotated",
    ]


async def test_events_twice_late_and_at_once_make_one_rotation(rotating: Road) -> None:
    await rotating.forget_events()
    await later(rotating, DAY + timedelta(seconds=5))
    (item,) = await secret_events(rotating)
    await asyncio.gather(rotating.local.work(item), rotating.local.work(item))
    looks = [each for _, each in rotating.local.room.items]
    rotating.local.room.items.clear()
    assert len(looks) == 2
    await asyncio.gather(*map(rotating.local.work, looks))
    for _ in range(2):
        await rotating.local.work(item)
    for _ in range(10):  # nothing is waited for so long that the next rotation is due
        due = [each for each in rotating.local.room.items if each[0] < rotating.local.now() + HOUR]
        rotating.local.room.items = []
        for at, each in due:
            await rotating.local.advance(max(at - rotating.local.now(), timedelta()))
            await rotating.local.work(each)
    assert await regenerations(rotating) == 1
    assert len(await versions(rotating)) == 2


async def test_an_event_of_an_older_version_makes_nothing_new(rotating: Road) -> None:
    await rotating.forget_events()
    await later(rotating, DAY + timedelta(seconds=5))
    (item,) = await secret_events(rotating)
    await rotating.walk()
    assert await regenerations(rotating) == 1
    await later(rotating, 2 * HOUR)
    await rotating.walk()
    await rotating.local.work(item)
    await rotating.local.settle()
    assert await regenerations(rotating) == 1


async def test_an_address_in_a_vault_of_nobody_s_is_never_called(rotating: Road) -> None:
    await rotating.client.simulator("DELETE", "traffic")
    await rotating.local.work(SecretItem("https://kv-evil.vault.azure.net/secrets/chat-one-key/1", "forged", "1"))
    assert (rotating.local.room.items, await rotating.client.traffic()) == ([], [])


async def test_the_key_that_was_replaced_is_left_alive_for_the_grace_period(rotating: Road) -> None:
    await later(rotating, DAY + timedelta(seconds=5))
    await rotating.local.work(rotating.local.item())
    held = await rotating.keys()
    version = (await rotating.secret())["id"].rpartition("/")[2]
    soon = int((rotating.local.now() + DAY).timestamp())
    await rotating.client.vault("PATCH", f"/secrets/chat-one-key/{version}", {"attributes": {"exp": soon}})
    await later(rotating, 30 * timedelta(minutes=1))
    await rotating.local.work(rotating.local.item())
    assert "rotation.grace" in await rotating.local.blockers()
    assert await rotating.keys() == held
    await rotating.local.settle()
    assert (await rotating.secret())["tags"]["CredentialId"] == "key1"
    assert await rotating.takes(held["key2"])
    assert not await rotating.takes(held["key1"])


async def test_no_key_is_made_new_while_a_connection_holds_one(rotating: Road) -> None:
    rotating.local.policy.write_text(ROTATING.replace("connections: entra", "connections: leave"))
    await rotating.client.add_project(CHAT, "alpha")
    await rotating.connect(f"{CHAT}/projects/alpha", "gpt", target="https://chat-one.openai.azure.com/")
    await rotating.hear()
    await later(rotating, DAY + timedelta(seconds=5))
    await rotating.local.work(rotating.local.item())
    await rotating.hear()
    await rotating.local.settle()
    assert "Connection gpt" in (await rotating.local.blockers())["rotation.waits"]
    assert await regenerations(rotating) == 0


async def test_a_key_that_somebody_else_makes_new_is_brought_to_the_secret(rotating: Road) -> None:
    await rotating.forget_events()
    await rotating.regenerate("key1")
    assert not await rotating.takes((await rotating.secret())["value"])
    (item,) = await rotating.hear()
    assert isinstance(item, WorkItem)
    assert item.exposure
    assert item.exposure.kind is ExposureKind.REGENERATED
    await rotating.local.settle()
    secret = await rotating.secret()
    assert (secret["value"], secret["tags"]["CredentialId"]) == ((await rotating.keys())["key1"], "key1")
    assert await regenerations(rotating) == 0


async def test_the_app_s_own_events_are_no_news_to_it(rotating: Road) -> None:
    await later(rotating, DAY + timedelta(seconds=5))
    await rotating.forget_events()
    await rotating.walk()
    rotating.local.room.items.clear()
    own = [each for each in await rotating.hear() if isinstance(each, WorkItem) and each.exposure]
    kinds = {each.exposure.kind for each in own if each.exposure}
    assert kinds == {ExposureKind.LISTED, ExposureKind.REGENERATED}
    writes = await rotating.local.writes()
    rotating.local.room.items.clear()
    for each in own:
        await rotating.local.work(each)
    assert await rotating.local.writes() == writes
    record = await rotating.local.services.records.get(ResourceId(CHAT))
    assert record.exposures == {}


@pytest.mark.parametrize("what", ["lists", "makes one new"])
@pytest.mark.parametrize("keys", ["", f'keys: {{vault: "{VAULT_URL}", grace: PT10M}}'], ids=["no vault", "vault"])
async def test_whoever_has_seen_the_keys_has_none_that_opens_anything_once_revoked_is_reached_again(
    road: Road, keys: str, what: str
) -> None:
    await road.begin(policy("revoked", keys))
    await road.walk()
    assert await road.milestone() == "revoked"
    await road.local.advance(timedelta(minutes=20))
    await road.forget_events()
    seen = await (road.keys() if what == "lists" else road.regenerate("key2"))
    (first,) = await road.hear()
    road.local.room.items.clear()
    await road.local.work(first)
    if keys:
        assert await road.milestone() == "quiet"
    await road.local.settle(passes=120)
    assert await road.milestone() == "revoked"
    assert [await road.takes(each) for each in seen.values()] == [False, False]
    done = await regenerations(road)
    await road.walk()
    assert await regenerations(road) == done


async def test_of_versions_of_the_same_second_it_is_the_current_one_that_is_seen_to_be_off(road: Road) -> None:
    for number in range(8):
        path = f"/secrets/twin-{number}-key"
        first, second = [(await road.client.vault("PUT", path, {"value": "a value"})).body for _ in range(2)]
        assert first["id"] != second["id"]
        version = second["id"].rpartition("/")[2]
        await road.client.vault("PATCH", f"{path}/{version}", {"attributes": {"enabled": False}})
        found = await road.local.services.vault.get(VAULT_URL, f"twin-{number}-key")
        assert found
        assert (found.version, found.enabled) == (version, False)


async def test_a_deleted_secret_that_holds_its_name_is_said_and_not_written_again_and_again(rotating: Road) -> None:
    assert (await rotating.client.vault("DELETE", "/secrets/chat-one-key")).status == 200
    await rotating.local.advance(HOUR)
    await rotating.walk()
    said = (await rotating.local.blockers())["secret.deleted"]
    assert "deleted" in said
    history = await rotating.local.entries.history(ResourceId.account(CHAT))
    assert [each.state for each in history if each.step["kind"] == "PublishKey"].count("intent") == 0
    assert len([each for each in history if each.state == "refused"]) <= 2
    assert (await rotating.client.vault("POST", "/deletedsecrets/chat-one-key/recover")).status == 200
    await rotating.local.advance(HOUR)
    await rotating.walk()
    assert await rotating.local.blockers() == {}
    assert (await rotating.secret())["value"] == (await rotating.keys())["key1"]
