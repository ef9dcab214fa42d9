"""The last good policy and the last one refused, shared by all instances and kept over restarts."""

from dataclasses import dataclass

from shared.store.tables import Row, Tables, chunks

TABLE = "UnkeyedPolicy"
_PARTITION = "policy"
_GOOD, _REFUSED = "good", "refused"
# A table's text property takes 32 thousand characters, a row a million bytes
_CHUNK = 30_000
_CHUNKS = 15


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    text: str
    fingerprint: str


class Policies:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def last_good(self) -> StoredPolicy | None:
        """The last policy that was valid, None where there was none yet."""
        found = await self._tables.get(TABLE, _PARTITION, _GOOD)
        if found is None:
            return None
        row = found[0]
        return StoredPolicy("".join(row.get(f"text{number}", "") for number in range(_CHUNKS)), row["fingerprint"])

    async def keep_good(self, policy: StoredPolicy) -> None:
        row: Row = {"PartitionKey": _PARTITION, "RowKey": _GOOD, "fingerprint": policy.fingerprint}
        await self._tables.put(TABLE, {**row, **chunks("text", policy.text, _CHUNK)})

    async def is_refused(self, fingerprint: str) -> bool:
        """True where this is the version that was refused last, and that was announced."""
        found = await self._tables.get(TABLE, _PARTITION, _REFUSED)
        return found is not None and found[0]["fingerprint"] == fingerprint

    async def note_refused(self, fingerprint: str, report: str) -> None:
        """Keeps why a version was refused."""
        row = {"PartitionKey": _PARTITION, "RowKey": _REFUSED, "fingerprint": fingerprint, "report": report[:_CHUNK]}
        await self._tables.put(TABLE, row)
