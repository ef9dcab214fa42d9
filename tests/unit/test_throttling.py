"""The gate before services that asked to be left alone, without a service."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import TemporaryError
from shared.throttling import Bucket, Gate, bucket_of

ARM = "https://management.azure.com"
ACCOUNT = f"{ARM}/subscriptions/AAAA/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/one"
SISTER = ACCOUNT.replace("one", "two")
PATIENCE = timedelta(seconds=2)


class Hall:
    """A gate in a time of its own, in which nobody waits in truth."""

    def __init__(self) -> None:
        self.time = datetime(2027, 1, 1, tzinfo=UTC)
        self.gate = Gate(lambda: self.time, PATIENCE, self.wait)

    async def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def told(
        self, seconds: float, url: str = ACCOUNT, *, method: str = "GET", status: int = 429, said: str = ""
    ) -> None:
        self.gate.heed(method, url, status, timedelta(seconds=seconds), said)

    async def takes(self, url: str = SISTER, method: str = "GET") -> float:
        """The seconds until the call may be sent."""
        began = self.time
        await self.gate.enter(method, url)
        return (self.time - began).total_seconds()

    async def refusal(self, url: str = SISTER, method: str = "GET") -> float:
        """The seconds that a call which is not sent is told to wait."""
        with pytest.raises(TemporaryError) as caught:
            await self.gate.enter(method, url)
        assert caught.value.code == "Throttled"
        assert caught.value.retry_after is not None
        return caught.value.retry_after.total_seconds()


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.mark.parametrize(
    ("method", "url", "bucket"),
    [
        ("GET", ACCOUNT, Bucket("management.azure.com", "aaaa", "reads")),
        ("HEAD", f"{ARM}/subscriptions/aaaa?api-version=2022-12-01", Bucket("management.azure.com", "aaaa", "reads")),
        ("PUT", ACCOUNT, Bucket("management.azure.com", "aaaa", "writes")),
        ("PATCH", ACCOUNT, Bucket("management.azure.com", "aaaa", "writes")),
        ("POST", f"{ACCOUNT}/listKeys", Bucket("management.azure.com", "aaaa", "writes")),
        ("DELETE", ACCOUNT, Bucket("management.azure.com", "aaaa", "deletes")),
        ("GET", f"{ARM}/subscriptions?api-version=2022-12-01", Bucket("management.azure.com", "", "reads")),
        ("GET", f"{ARM}/providers/Microsoft.Authorization", Bucket("management.azure.com", "", "reads")),
        ("GET", "https://Management.Azure.com:443//SUBSCRIPTIONS/aaaa/x", Bucket("management.azure.com", "aaaa", "reads")),
        ("GET", "https://graph.microsoft.com/v1.0/groups", Bucket("graph.microsoft.com")),
        ("PATCH", "https://graph.microsoft.com/v1.0/subscriptions/aaaa", Bucket("graph.microsoft.com")),
        ("GET", "https://kv-one.vault.azure.net/secrets/a", Bucket("kv-one.vault.azure.net")),
        ("GET", "https://one.openai.azure.com/openai/models", Bucket("one.openai.azure.com")),
    ],
)  # fmt: skip
def test_the_bucket_of_a_call(method: str, url: str, bucket: Bucket) -> None:
    assert bucket_of(method, url) == bucket


async def test_a_call_goes_at_once_where_nobody_asked_to_wait(hall: Hall) -> None:
    assert await hall.takes() == 0


async def test_what_one_call_was_told_holds_for_all_others_of_its_bucket_and_for_no_more(hall: Hall) -> None:
    hall.told(7)
    assert await hall.refusal() == await hall.refusal(ACCOUNT) == 7
    assert await hall.takes(method="PUT") == await hall.takes(method="DELETE") == 0
    assert await hall.takes(SISTER.replace("AAAA", "BBBB")) == await hall.takes(f"{ARM}/subscriptions") == 0
    assert await hall.takes("https://graph.microsoft.com/v1.0/groups") == 0


async def test_one_endpoint_closes_no_other(hall: Hall) -> None:
    hall.told(7, "https://one.openai.azure.com/openai/models")
    assert await hall.refusal("https://one.openai.azure.com/openai/deployments") == 7
    assert await hall.takes("https://two.openai.azure.com/openai/models") == 0


async def test_the_wait_goes_down_with_time_and_ends(hall: Hall) -> None:
    hall.told(7)
    await hall.wait(4)
    assert await hall.refusal() == 3
    await hall.wait(1.5)
    assert await hall.takes() == 1.5
    await hall.wait(1)
    assert await hall.takes() == 0


async def test_a_moved_clock_leaves_no_bucket_closed(hall: Hall) -> None:
    hall.told(3600)
    await hall.wait(3600)
    assert await hall.takes() == 0
    hall.told(3600)
    hall.time -= timedelta(days=1)
    assert await hall.takes() == 0


async def test_a_longer_wait_counts_and_a_shorter_one_does_not(hall: Hall) -> None:
    for seconds, left in ((7, 7), (30, 30), (5, 30)):
        hall.told(seconds)
        assert await hall.refusal() == left


async def test_an_answer_without_a_wait_closes_nothing(hall: Hall) -> None:
    hall.gate.heed("GET", ACCOUNT, 429, None, "")
    assert await hall.takes() == 0


@pytest.mark.parametrize(
    ("url", "closes"),
    [
        (ACCOUNT, True),
        ("https://graph.microsoft.com/v1.0/groups", True),
        ("https://kv-one.vault.azure.net/secrets/a", False),
        ("https://one.openai.azure.com/openai/models", False),
    ],
)
async def test_an_ailing_service_closes_its_bucket_where_that_is_the_whole_services(
    hall: Hall, url: str, closes: bool
) -> None:
    hall.told(7, url, status=503)
    if closes:
        assert await hall.refusal(url) == 7
    else:
        assert await hall.takes(url) == 0


async def test_a_resource_held_by_another_operation_closes_nothing(hall: Hall) -> None:
    hall.told(7, method="PUT", said='{"error": {"code": "RetryableErrorDueToAnotherOperation"}}')
    assert await hall.takes(method="PUT") == 0


@pytest.mark.parametrize(("method", "pace"), [("GET", 0.04), ("PUT", 0.1), ("DELETE", 0.1)])
async def test_those_who_wait_go_one_by_one_as_fast_as_the_bucket_fills(hall: Hall, method: str, pace: float) -> None:
    began = hall.time
    turns: list[float] = []

    async def sleep(seconds: float) -> None:
        turns.append(seconds)

    gate = Gate(lambda: began, PATIENCE, sleep)
    gate.heed(method, ACCOUNT, 429, timedelta(seconds=1), "")
    for _ in range(10):
        await gate.enter(method, SISTER)
    assert turns == pytest.approx([1 + pace * number for number in range(10)])


async def test_whoever_waits_when_the_bucket_closes_again_waits_on_but_not_for_ever() -> None:
    hall = Hall()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await hall.wait(seconds)
        hall.gate.heed("GET", ACCOUNT, 429, timedelta(seconds=0.8), "")

    hall.gate = Gate(lambda: hall.time, PATIENCE, sleep)
    hall.told(1)
    assert 0 < await hall.refusal() < 1
    assert len(waits) == 2
    assert sum(waits) <= PATIENCE.total_seconds()
