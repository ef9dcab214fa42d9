"""The subscription to changes of groups: made, renewed, made anew; what keeps its events away is said; what it missed is counted."""

import asyncio
import re
from datetime import timedelta

import pytest

from functions.work import pass_over
from shared.errors import TemporaryError
from shared.models import GroupItem
from shared.road.follow import follow
from shared.road.groups import states
from shared.road.groups.follow import READ_AGAIN, look_after_groups
from shared.road.groups.meaning import CHANGED
from shared.road.groups.missed import LATE
from shared.road.groups.subscription import RENEW_WITH_LESS_THAN
from shared.sdk.graph_subscriptions import LONGEST
from shared.store.group_feed import HeldSubscription
from shared.store.leases import LeaseHeldError
from simulator.company.identities import UNKEYED
from simulator.company.places import GROUP_TOPIC, INFRA_GROUP
from simulator.wire import Json
from tests.functional.groups import ALICE_ID, BOB_ID, Groups, causes, exposures
from tests.local import LocalRun

EVENT_GRID = "2022-06-15"
CONFIGURATION = f"{INFRA_GROUP}/providers/Microsoft.EventGrid/partnerConfigurations/default"
DAY = timedelta(days=1)


@pytest.fixture
async def groups(local: LocalRun) -> Groups:
    await local.client.turn(partner_topic_operators=0)
    return Groups(local)


async def there(groups: Groups) -> list[Json]:
    """The app's subscriptions, as Microsoft Graph shows them to the app."""
    token = await groups.client.token(UNKEYED.id, "https://graph.microsoft.com")
    url = "https://graph.microsoft.com/v1.0/subscriptions"
    found: list[Json] = (await groups.client.call("GET", url, headers={"Authorization": f"Bearer {token}"})).body[
        "value"
    ]
    return found


async def held(groups: Groups) -> HeldSubscription:
    return await groups.services.watch.feed.subscription()


async def sent(groups: Groups, method: str) -> int:
    """How many calls about subscriptions the app has sent by this method."""
    found = await groups.client.traffic(host="graph.microsoft.com", method=method, path="/subscriptions")
    return sum(each["caller"] == UNKEYED.id for each in found)


async def settled(groups: Groups) -> None:
    """Looks after the groups until the topic, once it is made, lets events through."""
    await groups.look_after()
    await groups.until_activated()
    await groups.look_after()
    assert await blocked(groups) == []


async def blocked(groups: Groups) -> list[str]:
    return sorted((await groups.services.watch.feed.state()).blockers)


async def announced(groups: Groups, kind: str) -> list[Json]:
    return [each["data"] for each in await groups.client.outcomes() if each["type"] == f"Unkeyed.{kind}"]


async def topic_call(groups: Groups, method: str, action: str = "") -> None:
    answer = await groups.client.arm(method, f"{GROUP_TOPIC}{action}", version=EVENT_GRID)
    assert answer.status == 200, answer.body


async def test_a_subscription_is_made_once_and_its_client_state_is_kept_as_a_hash(groups: Groups) -> None:
    await settled(groups)
    (found,), kept = await there(groups), await held(groups)
    (state,) = (await groups.client.simulator("GET", "secrets"))["clientStates"]
    assert (kept.id, kept.state_hash, kept.pending) == (found["id"], states.hash_of(state), "")
    assert re.fullmatch("[0-9a-f]{32}", state)
    assert kept.expires
    assert timedelta() <= groups.local.now() + LONGEST - kept.expires < timedelta(minutes=1)
    assert (await sent(groups, "POST"), await sent(groups, "PATCH")) == (1, 0)


async def test_without_a_topic_nothing_is_subscribed_to_and_nothing_counted_as_missed(groups: Groups) -> None:
    groups.services = groups.local.new_services(UNKEYED_GROUP_TOPIC="")
    await groups.look_after()
    await groups.client.add_group("sg-new")
    await groups.look_after()
    assert await there(groups) == []
    assert await groups.services.watch.feed.news() == ()


async def test_a_subscription_about_to_expire_is_renewed_weeks_before(groups: Groups) -> None:
    await settled(groups)
    before = await held(groups)
    await groups.advance(LONGEST - RENEW_WITH_LESS_THAN - timedelta(hours=1))
    await groups.look_after()
    assert await sent(groups, "PATCH") == 0
    await groups.advance(timedelta(hours=2))
    await groups.look_after()
    after = await held(groups)
    assert await sent(groups, "PATCH") == 1
    assert (after.id, after.state_hash) == (before.id, before.state_hash)
    assert before.expires
    assert after.expires
    assert after.expires - before.expires > timedelta(days=6)
    assert len(await there(groups)) == 1


async def test_a_subscription_that_is_to_be_reauthorized_gets_another_end(groups: Groups) -> None:
    await settled(groups)
    await groups.services.watch.feed.ask_for_reauthorization()
    await groups.look_after()
    assert await sent(groups, "PATCH") == 1
    assert not (await held(groups)).asked
    await groups.look_after()
    assert await sent(groups, "PATCH") == 1


async def test_changes_of_a_day_without_a_subscription_are_found_and_counted(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID, BOB_ID])
    others = [await groups.client.add_group(f"sg-{number}") for number in range(2)]
    await groups.shows_keys(outer)
    await settled(groups)
    first = await held(groups)
    await groups.client.turn(delta_token_lifetime=60 * DAY.total_seconds())
    await groups.advance(LONGEST + DAY)
    assert await there(groups) == []
    await groups.change(groups.client.remove_member(outer, BOB_ID))
    await groups.change(groups.client.rename_group(others[0], "sg-other"))
    await groups.change(groups.client.delete_group(others[1]))
    assert exposures(await groups.look_after())["chat-one"].who == (BOB_ID,)
    (found,), kept = await there(groups), await held(groups)
    assert kept.id == found["id"] != first.id
    assert kept.state_hash != first.state_hash
    assert await announced(groups, "GroupEventsMissed") == []  # an event may still come
    await groups.advance(LATE + timedelta(minutes=1))
    await groups.look_after()
    assert [each["missed"] for each in await announced(groups, "GroupEventsMissed")] == [3]
    await groups.advance(LATE + timedelta(minutes=1))
    await groups.look_after()
    assert len(await announced(groups, "GroupEventsMissed")) == 1


async def test_changes_that_events_told_of_before_or_after_they_were_found_are_not_missed(groups: Groups) -> None:
    await settled(groups)
    before, after = [await groups.client.add_group(name) for name in ("sg-before", "sg-after")]
    await follow(groups.services, GroupItem(before, "group updated", "told", groups.local.now()))
    await follow(groups.services, GroupItem(after, "group updated", "told", groups.local.now() - timedelta(minutes=1)))
    await groups.advance(LATE + timedelta(minutes=1))
    await groups.look_after()
    assert await announced(groups, "GroupEventsMissed") == []
    assert await groups.services.watch.feed.news() == ()


# what keeps events away


async def test_each_thing_that_keeps_events_away_is_said_once_with_its_fix_and_when_it_is_over(groups: Groups) -> None:
    await groups.client.turn(partner_topic_operators=-1)
    configuration = (await groups.client.arm("GET", CONFIGURATION, version=EVENT_GRID)).body
    assert (await groups.client.arm("DELETE", CONFIGURATION, version=EVENT_GRID)).status == 200
    for _ in range(2):
        await groups.look_after()
        assert await blocked(groups) == ["groups.partnerNotAuthorized"]
    body = {"location": "global", "properties": configuration["properties"]}
    assert (await groups.client.arm("PUT", CONFIGURATION, body, version=EVENT_GRID)).status == 201
    for _ in range(2):
        await groups.look_after()
        assert await blocked(groups) == ["groups.topicNotActivated"]
    await topic_call(groups, "POST", "/activate")
    await groups.look_after()
    assert await blocked(groups) == []
    await topic_call(groups, "POST", "/deactivate")
    await groups.look_after()
    assert await blocked(groups) == ["groups.topicNotActivated"]
    said = [(each["code"], each["fix"]) for each in await announced(groups, "Blocked")]
    assert [code for code, _ in said] == [
        "groups.partnerNotAuthorized", "groups.topicNotActivated", "groups.topicNotActivated",
    ]  # fmt: skip
    assert "az eventgrid partner configuration authorize" in said[0][1]
    assert f"az eventgrid partner topic activate --ids {GROUP_TOPIC}" in said[1][1]


async def test_a_topic_that_was_deleted_is_made_anew_with_its_subscription(groups: Groups) -> None:
    await settled(groups)
    first = await held(groups)
    await topic_call(groups, "DELETE")
    await settled(groups)
    (found,) = await there(groups)
    assert found["id"] == (await held(groups)).id != first.id


REFUSALS: list[tuple[str, str, int, Json, str]] = [
    ("POST", "/subscriptions", 403, {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."},
     "groups.subscriptionDenied"),
    ("POST", "/subscriptions", 403,
     {"code": "ExtensionError", "message": "Operation: Create; Exception: [Status Code: Forbidden; Reason: limit of 10 reached]"},
     "groups.limit"),
    ("POST", "/subscriptions", 409,
     {"code": "ExtensionError", "message": "Operation: Create; Exception: [Status Code: Conflict; Reason: was idle for 30 days]"},
     "groups.refused"),
    ("POST", "/subscriptions", 400, {"code": "InvalidRequest", "message": "Subscription validation request failed."},
     "groups.refused"),
    ("GET", "/groups/delta", 403, {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."},
     "groups.denied"),
    ("GET", "/partnerTopics/", 403, {"code": "AuthorizationFailed", "message": "The client may not."},
     "groups.topicUnreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status", "error", "code"), REFUSALS)
async def test_what_is_refused_to_the_app_is_said_and_over_once_it_is_not(
    groups: Groups, method: str, path: str, status: int, error: Json, code: str
) -> None:
    rule = {
        "method": method,
        "path": path,
        "times": 10,
        "caller": UNKEYED.id,
        "unrecorded": True,
        "answer": {"status": status, **error},
    }
    await groups.client.fault(**rule)
    await groups.look_after()
    assert code in await blocked(groups)
    assert [each["code"] for each in await announced(groups, "Blocked")].count(code) == 1
    await groups.client.clear_faults()
    await settled(groups)
    assert len(await there(groups)) == 1


async def test_a_service_that_does_not_answer_is_asked_again_and_nothing_is_said(groups: Groups) -> None:
    throttled = {"status": 429, "headers": {"Retry-After": "30"}, "code": "TooManyRequests"}
    await groups.client.fault(method="GET", path="/groups/delta", times=1, answer=throttled)
    before = groups.local.now()
    await pass_over(groups.services, GroupItem("", READ_AGAIN, "throttled", before))
    ((due, item),) = groups.local.room.items
    assert due - before >= timedelta(seconds=30)
    await groups.local.advance(timedelta(seconds=31))
    await follow(groups.services, item)
    assert (await groups.services.watch.feed.state()).finished
    assert await announced(groups, "Blocked") == []


async def test_the_feed_is_read_though_subscriptions_cannot_be_seen_to_now(groups: Groups) -> None:
    await groups.client.fault(method="GET", path="/subscriptions$", times=9, answer={"status": 503}, caller=UNKEYED.id)
    await groups.use("", name="sg-awaited")
    await groups.read()
    await groups.client.add_group("sg-awaited")
    with pytest.raises(TemporaryError, match="503"):
        await groups.look_after()
    assert causes(groups.taken()) == {("chat-one", CHANGED)}


# exactly one is left


async def test_a_subscription_made_by_a_worker_that_died_then_is_taken_over(groups: Groups) -> None:
    await groups.client.fault(method="POST", path="/subscriptions", times=1, drop="after")
    with pytest.raises(TemporaryError):
        await groups.look_after()
    kept = await held(groups)
    assert (kept.id, bool(kept.pending)) == ("", True)
    await settled(groups)
    (found,), kept = await there(groups), await held(groups)
    (state,) = (await groups.client.simulator("GET", "secrets"))["clientStates"]
    assert (kept.id, kept.state_hash) == (found["id"], states.hash_of(state))
    assert await sent(groups, "POST") == 1


async def test_strays_are_deleted_and_others_left_alone(groups: Groups) -> None:
    await settled(groups)
    kept = await held(groups)
    token = await groups.client.token(UNKEYED.id, "https://graph.microsoft.com")
    found = (await there(groups))[0]
    names = ("notificationUrl", "lifecycleNotificationUrl", "resource", "changeType", "expirationDateTime")
    body: Json = {name: found[name] for name in names}
    other = body["notificationUrl"].replace("unkeyed-groups", "of-another-app")
    for each in (body, {**body, "notificationUrl": other, "lifecycleNotificationUrl": other}):
        made = await groups.client.call(
            "POST", "https://graph.microsoft.com/v1.0/subscriptions", each, headers={"Authorization": f"Bearer {token}"}
        )
        assert made.status == 201, made.body
    await groups.look_after()
    urls = {each["id"]: each["notificationUrl"] for each in await there(groups)}
    assert urls.pop(kept.id) == found["notificationUrl"]
    assert list(urls.values()) == [other]


async def test_two_instances_at_once_make_one_subscription(groups: Groups) -> None:
    other = groups.local.new_services()
    outcomes = await asyncio.gather(
        *(follow(each, look_after_groups()) for each in (groups.services, other)), return_exceptions=True
    )
    assert sum(isinstance(each, LeaseHeldError) for each in outcomes) == 1
    await settled(groups)
    assert len(await there(groups)) == 1
    assert await sent(groups, "POST") == 1
