"""Timer triggers: NCRONTAB expressions of six fields (five work too), in UTC.

Microsoft's "Timer trigger for Azure Functions": one run at a time, the next one counted from the end of the last;
`runOnStartup` runs at every start. Runs missed while no host was there are not made up for, as if `useMonitor` were off.
"""

import asyncio
import json
import re
from datetime import UTC, datetime

from croniter import croniter

from simulator.host.configuration import ConfigurationError
from simulator.host.data import datum
from simulator.host.worker import Function, Worker

_FIELD = re.compile(r"[\d*,/a-z-]+", re.IGNORECASE)


class Timer:
    def __init__(self, function: Function, worker: Worker) -> None:
        self.function = function
        self.worker = worker
        self.schedule = function.trigger.text("schedule")
        self.last: datetime | None = None
        self.current: asyncio.Task[None] | None = None
        fields = self.schedule.split()
        if len(fields) not in (5, 6) or not all(_FIELD.fullmatch(each) for each in fields) or not self._is_valid():
            raise ConfigurationError(
                f"function {function.name}: The schedule expression '{self.schedule}' was not recognized as a valid "
                "cron expression; it has six fields, seconds first."
            )

    def _is_valid(self) -> bool:
        return croniter.is_valid(self.schedule, second_at_beginning=True)

    def next(self, after: datetime) -> datetime:
        """The first time after `after` that the expression names. Day of month and day of week must both fit."""
        times = croniter(self.schedule, after, second_at_beginning=True, day_or=False)
        found: datetime = times.get_next(datetime)
        return found

    async def run(self) -> None:
        """Runs the function at its times until cancelled; a run that has begun goes on."""
        if self.function.trigger.values.get("runOnStartup"):
            await self._fire_shielded(datetime.now(UTC))
        while True:
            due = self.next(datetime.now(UTC))
            await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
            await self._fire_shielded(due)

    async def _fire_shielded(self, due: datetime) -> None:
        self.current = asyncio.create_task(self.fire(due))
        await asyncio.shield(self.current)

    async def fire(self, now: datetime) -> None:
        """Runs the function once, as due `now`."""
        value = datum(json.dumps(self.described(now)), "json")
        self.last = now
        await self.worker.invoke(self.function, value, reason=f"Timer fired at {now.isoformat()}")

    def described(self, now: datetime) -> dict[str, object]:
        """What a function is told of its timer."""
        status = None
        if self.function.trigger.values.get("useMonitor", True):
            last = (self.last or now).isoformat(timespec="seconds")
            status = {"Last": last, "Next": self.next(now).isoformat(timespec="seconds"), "LastUpdated": last}
        return {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": False}
