"""What must be remembered of an account and is written down nowhere in Azure: see models.AccountRecord.

Events, passes and rollbacks each write their own columns, so that none undoes what another has just written.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from shared.models import AccountRecord, Act, Arrival, Exposure, ExposureKind, KeyName, Milestone
from shared.resource_id import ResourceId
from shared.store.tables import NEVER, Row, Tables, key, time_in

TABLE = "UnkeyedAccounts"
_EXPOSED = {each: f"exposed{each[0].upper()}{each[1:]}" for each in ExposureKind}
_ACT = "act"
# The app's own calls by key: more than the logs of a quiet period hold
_CALLS_KEPT = 50


class AccountRecords:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account: ResourceId) -> AccountRecord:
        """The account's record, an empty one where nothing is remembered."""
        found = await self._tables.get(TABLE, account.subscription, key(account.text))
        return _record(found[0]) if found else AccountRecord()

    async def list_in(self, subscription: str) -> AsyncIterator[tuple[str, AccountRecord]]:
        """The records of a subscription's accounts, each with the account's id in lower case."""
        async for row in self._tables.query(TABLE, "PartitionKey eq @subscription", subscription=subscription):
            yield row["account"].lower(), _record(row)

    async def of_subdomain(self, subdomain: str) -> tuple[ResourceId, ...]:
        """The accounts that were last seen with this subdomain."""
        rows = self._tables.query(TABLE, "subdomain eq @subdomain", subdomain=subdomain.lower())
        return tuple([ResourceId.account(row["account"]) async for row in rows])

    async def note(self, account: ResourceId, **fields: Any) -> None:
        """Writes these fields of the record and no others."""
        stored = {to_camel(name): NEVER if value is None else value for name, value in fields.items()}
        await self._put(account, stored)

    async def _put(self, account: ResourceId, columns: Row) -> None:
        await self._tables.put(TABLE, {**_keys(account), **columns}, merge=True)

    async def note_regenerated(self, account: ResourceId, name: KeyName, at: datetime) -> None:
        """Writes that the app gave the account a new key."""
        await self._put(account, {f"{name}At": at})

    async def note_key_call(self, account: ResourceId, at: datetime) -> None:
        """Writes that the app is about to call the account with a key."""
        before = (await self.get(account)).key_calls
        kept = [each.isoformat() for each in (*before, at)][-_CALLS_KEPT:]
        await self.note(account, key_calls=" ".join(kept))

    async def note_exposure(self, account: ResourceId, exposure: Exposure) -> None:
        """Writes that somebody may know the keys; with those before of whom a key may be alive still."""

        def noted(row: Row | None) -> Row | None:
            record = _record(row) if row else AccountRecord()
            known = _known(record, exposure)
            if known == record.exposures.get(exposure.kind):
                return None
            return {**(row or _keys(account)), _EXPOSED[exposure.kind]: json.dumps(known.as_data())}

        await self._tables.change(TABLE, account.subscription, key(account.text), noted)

    async def note_act(self, account: ResourceId, act: Act) -> None:
        """Writes what somebody did last; each operation has a column of its own, so that none hides another."""
        await self._put(account, {to_camel(f"{_ACT}_{act.operation.replace(' ', '_')}"): json.dumps(act.as_data())})

    async def note_arriving(self, account: ResourceId, arriving: Sequence[Arrival]) -> None:
        """Writes who has come to the account's groups and is waiting for the role."""
        await self._put(account, {"arriving": json.dumps([each.as_data() for each in arriving])})

    async def note_groups(self, account: ResourceId, groups: Mapping[str, Sequence[str]]) -> None:
        """Writes which groups are filed as those that the account's road depends on."""
        await self._put(account, {"groups": json.dumps({name: list(roles) for name, roles in groups.items()})})

    async def delete(self, account: ResourceId) -> None:
        await self._tables.delete(TABLE, account.subscription, key(account.text))


def _known(record: AccountRecord, exposure: Exposure) -> Exposure:
    """What is known of a kind of exposure with this one: the later, and who else may hold a copy that is alive."""
    before = record.exposures.get(exposure.kind)
    if before is None:
        return exposure
    if record.keys_from_before(before.at):
        return before.joined(exposure)
    return max(before, exposure, key=lambda each: each.at)


def _keys(account: ResourceId) -> Row:
    return {"PartitionKey": account.subscription, "RowKey": key(account.text), "account": account.text}


def _record(row: Row) -> AccountRecord:
    regenerated = {name: at for name in KeyName if (at := time_in(row, f"{name}At"))}
    return AccountRecord(
        regenerated=regenerated,
        exposures={kind: Exposure.of(json.loads(row[name])) for kind, name in _EXPOSED.items() if name in row},
        acts={each.operation: each for each in _acts(row)},
        arriving=tuple(Arrival.of(each) for each in json.loads(row.get("arriving", "[]"))),
        groups={name: tuple(roles) for name, roles in json.loads(row.get("groups", "{}")).items()},
        compared=time_in(row, "compared"),
        quiet_since=time_in(row, "quietSince"),
        quiet_until=time_in(row, "quietUntil"),
        sealed_seen=time_in(row, "sealedSeen"),
        key_refused=time_in(row, "keyRefused"),
        key_tried=time_in(row, "keyTried"),
        tries=row.get("tries", 0),
        withdrawn=time_in(row, "withdrawn"),
        key_calls=tuple(datetime.fromisoformat(each) for each in row.get("keyCalls", "").split()),
        subdomain=row.get("subdomain", ""),
        no_further=Milestone(row["noFurther"]) if row.get("noFurther") else None,
        rolled_back=time_in(row, "rolledBack"),
    )


def _acts(row: Row) -> list[Act]:
    return [Act.of(json.loads(text)) for name, text in row.items() if name.startswith(_ACT)]
