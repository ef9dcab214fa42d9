"""What this process has just done: of the events of a burst, most are answered without asking any table."""

from datetime import datetime, timedelta

from shared.models import Act
from shared.resource_id import ResourceId
from shared.store.postures import Posture

MOST = 5000
NOTED_FOR = timedelta(minutes=1)


class Recent:
    def __init__(self) -> None:
        self._passes: dict[str, Posture] = {}
        self._noted: dict[tuple[str, str, frozenset[str]], datetime] = {}

    def passed(self, posture: Posture) -> None:
        """Remembers a finished pass; the oldest is forgotten where there are too many."""
        self._passes.pop(posture.account.key, None)
        self._passes[posture.account.key] = posture
        if len(self._passes) > MOST:
            del self._passes[next(iter(self._passes))]

    def last(self, account: ResourceId) -> Posture | None:
        """What this process's last pass of the account left; other processes may have been there since."""
        return self._passes.get(account.key)

    def forget(self, account: ResourceId) -> None:
        self._passes.pop(account.key, None)

    def is_news(self, account: ResourceId, act: Act) -> bool:
        """False where this process has just written that the same caller does the same to the account."""
        key = (account.key, act.operation, act.caller.names)
        if (at := self._noted.get(key)) and abs(act.at - at) < NOTED_FOR:
            return False
        if len(self._noted) > MOST:
            self._noted.clear()
        self._noted[key] = act.at
        return True
