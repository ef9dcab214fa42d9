"""The simulator's clock: real time plus what `/_sim/clock` has added."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The simulated time, in UTC."""
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> datetime:
        """Moves the clock ahead; returns the new time."""
        self.ahead += timedelta(seconds=seconds)
        return self.now()
