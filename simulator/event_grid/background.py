"""Work that goes on after a call was answered: tasks that end together, and waits by the simulated clock."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from simulator.clock import Clock

_LOOK = 0.1  # seconds between two looks at a clock that may be moved ahead

type Work = Callable[[], Coroutine[Any, Any, None]]


class Background:
    """Tasks on the running loop. Work handed in before there is a loop starts with the first that comes after."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tasks: set[asyncio.Task[None]] = set()
        self.early: list[Work] = []
        self.closed = False

    def run(self, work: Work) -> None:
        if not self.closed:
            self.early.append(work)
            self.start()

    def start(self) -> None:
        """Starts what was handed in so far, if a loop is running."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        while self.early:
            task = loop.create_task(self.early.pop(0)())
            self.tasks.add(task)
            task.add_done_callback(self._done)

    def cancel(self) -> None:
        """Ends every task and takes no more work."""
        self.closed = True
        self.early.clear()
        for task in self.tasks:
            if not task.get_loop().is_closed():
                task.cancel()

    async def until(self, moment: datetime) -> None:
        """Waits for a moment of the simulated clock, which tests may move ahead."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:  # noqa: ASYNC110  # the clock gives no sign when it moves
            await asyncio.sleep(min(left, _LOOK))

    def _done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            task.get_loop().call_exception_handler({"message": "Event Grid delivery failed", "exception": error})
