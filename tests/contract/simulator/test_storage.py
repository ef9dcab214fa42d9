"""Azurite behind the gate, by the unmodified Storage SDKs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceModifiedError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueClient

from simulator.faults import Faults
from simulator.storage import Azurite, StorageGate, connection_string

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def azurite() -> AsyncIterator[Azurite]:
    emulator = Azurite()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest_asyncio.fixture(loop_scope="module")
async def gate(azurite: Azurite, faults: Faults) -> AsyncIterator[StorageGate]:
    gate = StorageGate(azurite.ports, lambda: faults)
    await gate.start()
    yield gate
    await gate.stop()


@asynccontextmanager
async def queue(azurite: Azurite, gate: StorageGate, name: str) -> AsyncIterator[QueueClient]:
    leads_to_gate = connection_string(azurite.key, gate.ports)
    async with QueueClient.from_connection_string(leads_to_gate, name, retry_total=0) as client:
        await client.create_queue()
        yield client


async def test_signed_table_requests_pass_the_gate_batches_and_etags_included(
    azurite: Azurite, gate: StorageGate
) -> None:
    async with TableServiceClient.from_connection_string(connection_string(azurite.key, gate.ports)) as tables:
        table = await tables.create_table("Ledger")
        entities = [{"PartitionKey": "p", "RowKey": f"row '{n}' ü", "n": n} for n in range(100)]
        await table.submit_transaction([("upsert", each) for each in entities])
        found = [each async for each in table.query_entities("n ge 90", results_per_page=3)]
        assert [each["n"] for each in sorted(found, key=lambda each: each["n"])] == list(range(90, 100))
        first = found[0]
        etag = first.metadata["etag"]
        condition: dict[str, Any] = {
            "match_condition": MatchConditions.IfNotModified,
            "etag": etag,
            "mode": UpdateMode.REPLACE,
        }
        await table.update_entity(first, **condition)
        with pytest.raises(ResourceModifiedError):
            await table.update_entity(first, **condition)
    assert {each.service for each in gate.requests} == {"table"}
    assert gate.requests[-1].status == 412


async def test_a_request_dropped_before_does_nothing_and_one_dropped_after_took_effect(
    azurite: Azurite, gate: StorageGate, faults: Faults
) -> None:
    async with queue(azurite, gate, "dropped") as client:
        rule = {"host": "queue.storage.local", "method": "POST", "path": "/dropped/messages"}
        for moment in ("before", "after"):
            faults.add({**rule, "drop": moment})
            with pytest.raises(AzureError):
                await client.send_message(moment)
        bodies = [each.content async for each in client.receive_messages()]
    assert bodies == ["after"]
    assert [each["hits"] for each in faults.as_list()] == [1, 1]


async def test_storage_that_is_down_comes_back_with_what_it_held(azurite: Azurite, gate: StorageGate) -> None:
    async with queue(azurite, gate, "outage") as client:
        await client.send_message("kept")
        gate.down = {"queue"}
        with pytest.raises(AzureError):
            await client.peek_messages()
        gate.down = set()
        assert [each.content for each in await client.peek_messages()] == ["kept"]


async def test_a_kill_rule_calls_the_killer_after_the_request_took_effect(
    azurite: Azurite, gate: StorageGate, faults: Faults
) -> None:
    killed: list[int] = []
    async with queue(azurite, gate, "killed") as client:
        gate.killer = lambda: killed.append(len(gate.requests))
        faults.add({"host": "queue.storage.local", "method": "DELETE", "kill": "after"})
        message = await client.send_message("x")
        received = await client.receive_message()
        assert received is not None
        with pytest.raises(AzureError):
            await client.delete_message(message.id, received.pop_receipt)
        assert len(killed) == 1
        assert (await client.get_queue_properties()).approximate_message_count == 0


async def test_an_answer_rule_speaks_as_storage_does(azurite: Azurite, gate: StorageGate, faults: Faults) -> None:
    async with queue(azurite, gate, "busy") as client:
        faults.add({"host": "queue.storage.local", "answer": {"status": 503, "code": "ServerBusy"}})
        with pytest.raises(HttpResponseError) as caught:
            await client.send_message("x")
        assert (caught.value.status_code, getattr(caught.value, "error_code", None)) == (503, "ServerBusy")


async def test_a_wrong_account_key_is_refused(azurite: Azurite, gate: StorageGate) -> None:
    stranger = connection_string("AAAA", gate.ports)
    async with QueueClient.from_connection_string(stranger, "any", retry_total=0) as client:
        with pytest.raises(HttpResponseError) as caught:
            await client.create_queue()
    assert caught.value.status_code == 403
