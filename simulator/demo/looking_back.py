"""How it ended: every account is called again, every connection read again, and the app's own writes are counted."""

import asyncio
from dataclasses import replace
from datetime import datetime

from simulator.demo.calls import call, keys_in_vault
from simulator.demo.cast import Part
from simulator.demo.connections import auth_types, changes
from simulator.demo.echoes import Echo, echoes, read_log
from simulator.demo.outcome import Ending, Outcome
from simulator.demo.stage import Stage
from simulator.wire import Json


async def look_back(stage: Stage) -> None:
    """Calls every account again, and reads every connection again."""
    await asyncio.gather(*(_call_after(stage, each) for each in stage.present))
    stage.connections_after = await auth_types(stage.client)


async def _call_after(stage: Stage, part: Part) -> None:
    """What a token, the old copy of a key, and the account's present key get at the end.

    The present key is taken from the simulator's state: nobody can list it any more where key access is off.
    """
    copy = stage.copies.get(part.name)
    present = stage.local.azure.cognitive.require(part.account.id).keys["Key1"]
    token, key = await asyncio.gather(stage.token_call(part), call(stage.client, part, key=present))
    old = await call(stage.client, part, key=copy) if copy else 0
    stage.calls[part.name] = replace(stage.calls[part.name], token_after=token, key_after=key, copy_after=old)


async def outcome_of(stage: Stage) -> Outcome:
    """All that came of it."""
    endings = await asyncio.gather(*(_ending(stage, each) for each in stage.present))
    became = changes(stage.connections_before, stage.connections_after, stage.board.postures.values())
    return Outcome(list(endings), became, stage.consumers, stage.left_at, stage.noted, stage.undone, heard_of(stage))


async def _ending(stage: Stage, part: Part) -> Ending:
    made = await stage.client.assignments(part.account.id)
    versions = await keys_in_vault(stage.client, part)
    took = _took(stage.local.azure.events.emitted, part, made)
    return Ending(part, stage.posture(part), stage.calls[part.name], versions, len(made), took)


def _took(emitted: list[Json], part: Part, made: list[Json]) -> float | None:
    """Seconds from the event of the account's creation to its first role assignment, by the simulator's clock."""
    told = [each["eventTime"] for each in emitted if _is_creation(each, part)]
    if not made or not told:
        return None
    return round(min(_seconds(each["properties"]["createdOn"]) for each in made) - _seconds(told[0]), 2)


def _is_creation(event: Json, part: Part) -> bool:
    named = str(event["subject"]).lower() == part.account.id.lower()
    is_write = event["data"].get("operationName") == "Microsoft.CognitiveServices/accounts/write"
    return named and is_write and event["data"]["httpRequest"]["method"] == "PUT"


def _seconds(time_text: object) -> float:
    return datetime.fromisoformat(str(time_text)).timestamp()


def heard_of(stage: Stage) -> list[Echo]:
    """What each of the app's own writes has led to so far."""
    azure = stage.local.azure
    return echoes(azure.traffic.exchanges, azure.events.emitted, read_log(stage.app_log))
