"""Everything a pass needs, made once per process inside its event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from shared import telemetry
from shared.credentials import credential_for
from shared.road.policy_source import PolicySource
from shared.sdk.accounts import Accounts
from shared.sdk.groups import Groups
from shared.sdk.inference import Inference
from shared.sdk.publisher import Publisher
from shared.sdk.role_assignments import RoleAssignments
from shared.sdk.subscriptions import Subscriptions
from shared.session import Session
from shared.settings import Settings
from shared.store.counters import Counters
from shared.store.leases import Leases
from shared.store.ledger import Ledger
from shared.store.policies import Policies
from shared.store.postures import Postures
from shared.store.sweeps import Sweeps
from shared.store.tables import Tables
from shared.store.work_queue import WorkQueue

type Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Services:
    """The wrappers and stores of one process, over one HTTP session."""

    settings: Settings
    session: Session
    now: Now
    accounts: Accounts
    assignments: RoleAssignments
    subscriptions: Subscriptions
    groups: Groups
    inference: Inference
    publisher: Publisher
    postures: Postures
    ledger: Ledger
    leases: Leases
    counters: Counters
    sweeps: Sweeps
    queue: WorkQueue
    policy: PolicySource

    async def close(self) -> None:
        await self.session.close()


def build(settings: Settings, now: Now = lambda: datetime.now(UTC)) -> Services:
    """The services for these settings; call it inside the running event loop."""
    session = Session(credential_for(settings))
    tables = Tables(session, settings.storage)
    publisher = Publisher(session, settings.outcome_topic)

    async def announce(kind: str, subject: str, data: dict[str, object], event_id: str) -> None:
        await publisher.publish(kind, subject, data, event_id=event_id)

    return Services(
        settings=settings,
        session=session,
        now=now,
        accounts=Accounts(session),
        assignments=RoleAssignments(session),
        subscriptions=Subscriptions(session),
        groups=Groups(session, now),
        inference=Inference(session),
        publisher=publisher,
        postures=Postures(tables),
        ledger=Ledger(tables),
        leases=Leases(tables),
        counters=Counters(tables),
        sweeps=Sweeps(tables),
        queue=WorkQueue(session, settings.storage),
        policy=PolicySource(settings.policy, session, Policies(tables), announce),
    )


_made: dict[asyncio.AbstractEventLoop, Services] = {}


def services() -> Services:
    """This process's services, made on the first call; raises SettingsError naming every fault."""
    loop = asyncio.get_running_loop()
    if loop not in _made:
        settings = Settings.from_environment()
        telemetry.start(settings)
        _made[loop] = build(settings)
    return _made[loop]
