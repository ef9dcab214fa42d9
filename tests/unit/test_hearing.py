"""Which events of Microsoft Graph are the app's own, and when what they tell is looked at."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.road.groups.hearing import TOGETHER, Dropped, Ear, Notice, Told, judged
from shared.road.groups.missed import LATE, settled, untold
from shared.road.groups.states import hash_of, new_state
from shared.store.group_feed import HeldSubscription, News

TENANT, GROUP, OTHER = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
STATE = new_state()
HELD = HeldSubscription(str(uuid.UUID(int=4)), hash_of(STATE))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def notice(kind: str = "Microsoft.Graph.GroupUpdated", subject: str = f"Groups/{GROUP}", **changes: Any) -> Notice:
    data = {
        "changeType": "updated",
        "clientState": STATE,
        "resource": subject,
        "subscriptionId": HELD.id,
        "tenantId": TENANT,
        **changes,
    }
    return Notice(kind, subject, {name: value for name, value in data.items() if value is not ...})


def test_an_event_of_the_apps_own_subscription_tells_of_a_group() -> None:
    assert judged(notice(), HELD, TENANT) == Told("group updated", GROUP)
    assert judged(notice("microsoft.graph.groupDeleted"), HELD, TENANT) == Told("group deleted", GROUP)
    shouted = notice(subject=f"GROUPS/{GROUP.upper()}", subscriptionId=HELD.id.upper(), tenantId=TENANT.upper())
    assert judged(shouted, HELD, TENANT) == Told("group updated", GROUP)
    renewed = notice(
        "Microsoft.Graph.SubscriptionReauthorizationRequired", f"Subscriptions/{HELD.id}", resource="groups"
    )
    assert judged(renewed, HELD, TENANT) == Told("subscription to be reauthorized")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (notice("Microsoft.Graph.UserUpdated"), Dropped.TYPE),
        (notice(""), Dropped.TYPE),
        (notice(subscriptionId=OTHER), Dropped.SUBSCRIPTION),
        (notice(subscriptionId=...), Dropped.SUBSCRIPTION),
        (notice(clientState=new_state()), Dropped.STATE),
        (notice(clientState=STATE[:-1]), Dropped.STATE),
        (notice(clientState=HELD.state_hash), Dropped.STATE),
        (notice(clientState=None), Dropped.STATE),
        (notice(clientState=[STATE]), Dropped.STATE),
        (notice(clientState=...), Dropped.STATE),
        (notice(tenantId=OTHER), Dropped.TENANT),
        (notice(tenantId=...), Dropped.TENANT),
        (notice(subject="Groups/sg-chat-users"), Dropped.MALFORMED),
        (notice(subject=f"Users/{GROUP}"), Dropped.MALFORMED),
        (notice(subject=""), Dropped.MALFORMED),
        (notice(resource=f"Groups/{OTHER}"), Dropped.MALFORMED),
        (Notice("Microsoft.Graph.GroupUpdated", f"Groups/{GROUP}", None), Dropped.MALFORMED),
        (Notice("Microsoft.Graph.GroupUpdated", f"Groups/{GROUP}", "text"), Dropped.MALFORMED),
    ],
)
def test_any_other_event_is_dropped_for_a_reason(found: Notice, why: Dropped) -> None:
    assert judged(found, HELD, TENANT) == why


def test_before_there_is_a_subscription_no_event_is_the_apps_own() -> None:
    assert judged(notice(), HeldSubscription(), TENANT) == Dropped.SUBSCRIPTION
    assert judged(notice(subscriptionId=""), HeldSubscription(pending=HELD.state_hash), TENANT) == Dropped.SUBSCRIPTION


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.sampled_from(["Microsoft.Graph.GroupUpdated", "Microsoft.Graph.SubscriptionReauthorizationRequired"]),
    st.text(),
    json
    | st.fixed_dictionaries(
        {},
        optional={"clientState": json, "subscriptionId": json | st.just(HELD.id), "tenantId": json, "resource": json},
    ),
)
def test_whatever_comes_without_the_client_state_is_dropped(kind: str, subject: str, data: Any) -> None:
    assert isinstance(judged(Notice(kind, subject, data), HELD, TENANT), Dropped)


def test_the_first_event_after_some_quiet_is_looked_at_at_once_and_those_that_follow_together() -> None:
    clock = [NOW]
    ear = Ear(None, None, lambda: clock[0])  # type: ignore[arg-type]  # not asked
    assert ear.visible_at() is None
    clock[0] += timedelta(seconds=1)
    assert ear.visible_at() == clock[0] + TOGETHER
    clock[0] += TOGETHER
    assert ear.visible_at() is None


def test_what_no_event_has_told_of_in_time_is_missed() -> None:
    minute, late = timedelta(minutes=1), LATE + timedelta(minutes=1)
    news = [
        News("told-before", NOW - late - minute, NOW - late),
        News("told-after", NOW - late, NOW - late - minute),
        News("told-only", NOW - late, None),
        News("untold", None, NOW - late),
        News("told-long-before", NOW - 3 * LATE, NOW - late),
        News("found-lately", None, NOW - minute),
        News("told-lately", NOW - minute, None),
    ]
    assert untold(news, NOW) == ["untold", "told-long-before"]
    assert set(settled(news, NOW)) == {each.group for each in news} - {"found-lately", "told-lately"}
