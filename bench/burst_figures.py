"""What is printed of a burst: how long it took, what was called, what became of its events."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table

from shared.throttling import GRAPH, RESOURCE_MANAGER
from simulator.wire import Json
from tests.bursts.asked import Call, at_best, early
from tests.bursts.seen import became, runs

type Figures = dict[str, object]

_GRAPH_CALLS = {"/groups/delta": "pages of the feed", "/members": "pages of members", "/groups": "groups by name"}


@dataclass(frozen=True, slots=True)
class Burst:
    """What a burst was from outside: when it began, the seconds until nothing was left to do, and what was called and logged
    meanwhile."""

    began: datetime
    seconds: float
    calls: list[Call]
    log: list[Json]
    poisoned: int

    def faults(self) -> dict[str, int]:
        """What must not be, with how often it was."""
        return {
            "messages were given up on": self.poisoned,
            "calls were begun before a wait was over": len(early(self.calls)),
        }

    def figures(self) -> Figures:
        """Everything that is to be said of it, by what it is."""
        return {
            "seconds until the last account was done": f"{self._done():.0f}",
            "  until nothing was left to do": f"{self.seconds:.0f}",
            "  in which the buckets would let its calls through": f"{at_best(self.calls):.0f}",
            "calls to Resource Manager": _count(self.calls, RESOURCE_MANAGER),
            **_counted(each.bucket.kind for each in self.calls if each.bucket.host == RESOURCE_MANAGER),
            "calls to Microsoft Graph": _count(self.calls, GRAPH),
            **_counted(_graph_call(each) for each in self.calls if each.bucket.host == GRAPH),
            "calls answered 429": sum(each.is_refused for each in self.calls),
            "  begun before a wait was over": len(early(self.calls)),
            "what became of messages": sum(became(self.log).values()),
            **_counted(became(self.log).elements()),
            "milliseconds of a function, median, longest": "",
            **{
                f"  {name}, {each.count} times": _times(each.median, each.longest)
                for name, each in runs(self.log).items()
            },
        }

    def _done(self) -> float:
        finished = [each["time"] for each in self.log if each["message"].startswith("pass finished")]
        return (datetime.fromisoformat(max(finished)) - self.began).total_seconds() if finished else 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed of a burst; `faults` are what is not as it has to be, with how often."""

    title: str
    figures: Figures
    faults: dict[str, int]

    @property
    def broken(self) -> list[str]:
        return [f"{count} {what}" for what, count in self.faults.items() if count]

    def table(self) -> Table:
        table = Table(title=self.title, show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for what, figure in self.figures.items():
            table.add_row(what, str(figure))
        for each in self.broken:
            table.add_row(f"[red]{each}", "")
        return table


def _count(calls: Iterable[Call], host: str) -> int:
    return sum(each.bucket.host == host for each in calls)


def _counted(names: Iterable[str]) -> Figures:
    return {f"  {name}": count for name, count in Counter(names).most_common()}


def _graph_call(call: Call) -> str:
    return next((name for end, name in _GRAPH_CALLS.items() if call.what.endswith(end)), "others")


def _times(median: float, longest: float) -> str:
    return f"{median:.0f}, {longest:.0f}"
