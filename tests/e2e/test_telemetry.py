"""Logs leave for Application Insights by OpenTelemetry where a connection string is set, with the operation's id."""

import asyncio
from pathlib import Path

from simulator.child import running
from simulator.client import Client
from simulator.company.seed import INSTRUMENTATION
from simulator.wire import Json
from tests.local import CHAT
from tests.patience import PATIENCE

INGESTION = "https://westeurope-1.in.applicationinsights.azure.com/"
SETTINGS = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={INSTRUMENTATION};IngestionEndpoint={INGESTION}",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "True",
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
}


async def test_the_log_of_a_pass_arrives_with_its_operation_id_and_account(tmp_path: Path) -> None:
    with running(tmp_path, **SETTINGS) as place:
        async with Client(place.variables) as client:
            await client.turn(provisioning=0)
            await client.create_account(CHAT)
            record = await _logged(client, "pass finished: proven")
    properties = record["properties"]
    assert properties["account"].lower() == CHAT.lower()
    assert len(properties["operation_id"]) == 36
    assert properties["milestone"] == "proven"


async def _logged(client: Client, message: str) -> Json:
    """The record of this message, once the exporter has sent it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for envelope in await client.simulator("GET", "telemetry"):
                data: Json = envelope["data"]["baseData"]
                if data.get("message") == message:
                    return data
            await asyncio.sleep(0.2)
