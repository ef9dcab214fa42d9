"""Everything a pass needs, made once per process inside its event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared import telemetry
from shared.credentials import credential_for
from shared.road.fleet_counts import Summary
from shared.road.groups.hearing import Ear
from shared.road.kept import Kept
from shared.road.owners import Owners
from shared.road.policy_source import PolicySource
from shared.road.recent import Recent
from shared.sdk.accounts import Accounts
from shared.sdk.connections import Connections
from shared.sdk.deny_assignments import DenyAssignments
from shared.sdk.graph_subscriptions import GraphSubscriptions
from shared.sdk.group_changes import GroupChanges
from shared.sdk.groups import Groups
from shared.sdk.identity import OwnIdentity
from shared.sdk.inference import Inference
from shared.sdk.keys import Keys
from shared.sdk.partner_topics import PartnerTopics
from shared.sdk.principals import Principals
from shared.sdk.publisher import Publisher
from shared.sdk.request_logs import RequestLogs
from shared.sdk.role_assignments import RoleAssignments
from shared.sdk.role_definitions import RoleDefinitions
from shared.sdk.subscriptions import Subscriptions
from shared.sdk.vault import Vault
from shared.session import Session
from shared.settings import Settings
from shared.store.account_records import AccountRecords
from shared.store.connection_index import ConnectionIndex
from shared.store.counters import Counters
from shared.store.dropped import DroppedEvents
from shared.store.group_feed import GroupFeed
from shared.store.group_members import GroupMembers
from shared.store.group_uses import GroupUses
from shared.store.leases import Leases
from shared.store.ledger import Ledger
from shared.store.operations import Operations
from shared.store.policies import Policies
from shared.store.postures import Postures
from shared.store.sweeps import Sweeps
from shared.store.tables import Tables
from shared.store.work_queue import WorkQueue

type Now = Callable[[], datetime]

# Five thousand accounts are counted in half a second: a fleet that is always looked at takes a twentieth of a process
FLEET_KEPT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class GroupServices:
    """What the feed of changes of groups is read and remembered with."""

    changes: GroupChanges
    subscriptions: GraphSubscriptions
    topics: PartnerTopics
    feed: GroupFeed
    members: GroupMembers
    dropped: DroppedEvents
    ear: Ear
    # Held while the feed is asked for once more: of all that come at a time one does
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Services:
    """The wrappers and stores of one process, over one HTTP session."""

    settings: Settings
    session: Session
    now: Now
    identity: OwnIdentity
    accounts: Accounts
    keys: Keys
    connections: Connections
    assignments: RoleAssignments
    definitions: RoleDefinitions
    denials: DenyAssignments
    principals: Principals
    subscriptions: Subscriptions
    groups: Groups
    inference: Inference
    vault: Vault
    logs: RequestLogs
    publisher: Publisher
    postures: Postures
    records: AccountRecords
    index: ConnectionIndex
    uses: GroupUses
    watch: GroupServices
    ledger: Ledger
    operations: Operations
    leases: Leases
    counters: Counters
    sweeps: Sweeps
    queue: WorkQueue
    policy: PolicySource
    owners: Owners
    recent: Recent = field(default_factory=Recent)
    fleet: Kept[Summary] = field(default_factory=lambda: Kept(FLEET_KEPT))
    # Of accounts just sealed and without a vault: the only place besides a vault where a key is kept, gone with the process
    keys_at_hand: dict[str, str] = field(default_factory=dict, repr=False)

    async def close(self) -> None:
        await self.session.close()


def build(settings: Settings, now: Now = lambda: datetime.now(UTC)) -> Services:
    """The services for these settings; call it inside the running event loop."""
    session = Session(credential_for(settings), now)
    tables = Tables(session, settings.storage)
    publisher = Publisher(session, settings.outcome_topic)

    async def announce(kind: str, subject: str, data: dict[str, object], event_id: str) -> None:
        await publisher.publish(kind, subject, data, event_id=event_id)

    return Services(
        settings=settings,
        session=session,
        now=now,
        identity=(identity := OwnIdentity(session)),
        accounts=(accounts := Accounts(session)),
        keys=Keys(accounts),
        connections=(connections := Connections(session)),
        assignments=(assignments := RoleAssignments(session)),
        definitions=RoleDefinitions(assignments, now),
        denials=DenyAssignments(assignments),
        principals=Principals(session),
        subscriptions=(subscriptions := Subscriptions(session)),
        groups=Groups(session, now),
        inference=Inference(session),
        vault=Vault(session),
        logs=RequestLogs(session),
        publisher=publisher,
        postures=Postures(tables),
        records=AccountRecords(tables),
        index=(index := ConnectionIndex(tables, now)),
        uses=GroupUses(tables),
        watch=GroupServices(
            changes=GroupChanges(session),
            subscriptions=GraphSubscriptions(session),
            topics=PartnerTopics(session),
            feed=(feed := GroupFeed(tables)),
            members=GroupMembers(tables),
            dropped=DroppedEvents(tables),
            ear=Ear(feed, identity, now),
        ),
        ledger=Ledger(tables),
        operations=Operations(tables),
        leases=Leases(tables),
        counters=Counters(tables),
        sweeps=Sweeps(tables),
        queue=WorkQueue(session, settings.storage),
        policy=PolicySource(settings.policy, session, Policies(tables), announce),
        owners=Owners(connections, subscriptions, index, now),
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
