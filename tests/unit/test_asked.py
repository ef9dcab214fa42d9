"""The judge of the bursts: which calls came while a service was to be left alone."""

from datetime import timedelta
from typing import Any

from simulator.company.identities import PLATFORM, UNKEYED
from tests.bursts.asked import UNDER_WAY, at_best, calls_of_app, early
from tests.unit.builders import ACCOUNT_ID, NOW

ACCOUNT = f"https://management.azure.com{ACCOUNT_ID}"
REFUSED: dict[str, Any] = {"status": 429, "retryAfter": "2"}


def exchange(after: float, method: str = "GET", url: str = ACCOUNT, **answer: Any) -> dict[str, Any]:
    """A call that came so many seconds after the first, and was answered half a second later."""
    at = (NOW + timedelta(seconds=after + 0.5)).isoformat()
    made = {"method": method, "url": url, "at": at, "seconds": 0.5, "caller": UNKEYED.id}
    return {**made, "status": 200, "retryAfter": None, **answer}


def times_of_early(*exchanges: dict[str, Any]) -> list[float]:
    return [(each.began - NOW).total_seconds() for each in early(calls_of_app(exchanges))]


def test_a_call_between_the_answer_and_the_end_of_its_wait_is_early() -> None:
    last = 0.5 + UNDER_WAY.total_seconds()
    assert times_of_early(exchange(0, **REFUSED), exchange(last), exchange(2.4), exchange(2.5)) == [last, 2.4]


def test_a_call_that_was_under_way_is_not() -> None:
    assert times_of_early(exchange(0, **REFUSED), exchange(0.1), exchange(0.6)) == []


def test_neither_is_one_to_another_bucket_nor_another_callers() -> None:
    sister = ACCOUNT.replace("1111", "2222")
    others = [exchange(1, "PUT"), exchange(1, url=sister), exchange(1, url="https://graph.microsoft.com/v1.0/groups")]
    assert times_of_early(exchange(0, **REFUSED), *others, exchange(1, caller=PLATFORM.id)) == []


def test_a_second_refusal_begins_a_wait_of_its_own() -> None:
    assert times_of_early(exchange(0, **REFUSED), exchange(0.1, **REFUSED), exchange(2.55)) == [2.55]


def test_a_bucket_lets_through_what_it_holds_at_once_and_the_rest_as_it_fills() -> None:
    reads = calls_of_app(exchange(number) for number in range(300))
    assert at_best(reads) == 2.0
    assert at_best(reads[:250]) == 0.0
