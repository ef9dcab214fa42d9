"""A member leaves a group whose role shows keys: what they noted while they could, and what becomes of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from shared.models import ExposureKind
from shared.resource_id import ResourceId
from simulator.caller import ACCOUNTS_VERSION, ARM
from simulator.company.identities import ALICE, BOB, CHAT_USERS, CONTRACTORS
from simulator.demo.calls import call
from simulator.demo.cast import Fate, Part
from simulator.demo.echoes import own_writes, read_log
from simulator.demo.outcome import Noted
from simulator.demo.stage import DemoFailedError, Stage
from simulator.demo.words import EXPOSED

LEAVER, STAYS = BOB, ALICE
LEFT, SHOWING = CONTRACTORS, CHAT_USERS


async def leave(stage: Stage) -> None:
    """The act; what came of it is in `stage.noted`. Raises DemoFailedError where it gets stuck."""
    stage.board.chapter(f"7. {LEAVER.name} leaves {LEFT.name}, which is in {SHOWING.name}, whose role shows keys")
    noted = await _note_all(stage)
    open_ = [each for each in noted if each.keys]
    consumer, calls = stage.consumers[1], stage.consumers[1].by_key.made
    stage.left_at = datetime.now(UTC)
    began = len(stage.local.azure.traffic.exchanges)
    if (answer := await stage.client.remove_member(LEFT.id, LEAVER.id)).status != 204:
        raise DemoFailedError(f"removing {LEAVER.name} from {LEFT.name} answered {answer.status}")
    stage.board.say("platform team", f"removes {LEAVER.name} ({LEAVER.id}) from {LEFT.name}")
    for each in open_:
        await stage.until(f"{each.part.name} has answered that", partial(_is_answered, stage, each))
    stage.noted = list(await asyncio.gather(*(_look_again(stage, each, began) for each in noted)))
    if not _has_heard(stage, stage.left_at):
        raise DemoFailedError(f"Microsoft Graph's event of {LEFT.name} has not reached the app")
    _tell(stage)
    made, failed = consumer.by_key.made - calls, len(consumer.by_key.failed)
    stage.board.say("the batch", f"has called with the key in the vault {made} times meanwhile, {failed} failed")


async def _note_all(stage: Stage) -> list[Noted]:
    """What the leaver is shown of every account, once those are granted whose keys the group's role shows."""
    for part in (each for each in stage.present if each.fate):
        await stage.until(f"{part.name} is {part.ends_at}", partial(_has_come, stage, part))
    noted = await asyncio.gather(*(_note(stage, each) for each in stage.present))
    wrong = [each.part.name for each in noted if set(each.before) != ({200} if each.part.fate else set())]
    if wrong:
        raise DemoFailedError(
            f"{LEAVER.name} is shown the keys of all that give him a role, but not of {', '.join(wrong)}"
        )
    shown, sealed = [each for each in noted if each.keys], [each for each in noted if each.part.is_sealed]
    stage.board.say(LEAVER.name, f"lists and notes the keys of {_names(shown)}, which let him in")
    stage.board.say(LEAVER.name, f"is shown no key of {_names(sealed)}, which are sealed")
    return noted


def _has_come(stage: Stage, part: Part) -> bool:
    return bool(part.ends_at and stage.stands_at(part, part.ends_at))


def _has_heard(stage: Stage, since: datetime) -> bool:
    """True where an event of a group has come to the app since then, rather than that a timer found the change."""
    said = [each for each in read_log(stage.app_log) if each["message"] == "queued: group updated"]
    return any(datetime.fromisoformat(each["time"]) >= since for each in said)


async def _note(stage: Stage, part: Part) -> Noted:
    headers = {"Authorization": f"Bearer {await stage.client.token(LEAVER.id, ARM)}"}
    url = f"{ARM}{part.account.id}/listKeys?api-version={ACCOUNTS_VERSION}"
    answer = await stage.client.call("POST", url, headers=headers)
    if answer.status != 200:
        return Noted(part, answer.status)
    keys = (answer.body["key1"], answer.body["key2"])
    return Noted(part, 200, keys, await _tried(stage, part, keys), token_before=await _by_token(stage, part, LEAVER.id))


async def _tried(stage: Stage, part: Part, keys: tuple[str, ...]) -> tuple[int, ...]:
    return tuple([await call(stage.client, part, key=each) for each in keys])


async def _by_token(stage: Stage, part: Part, person: str) -> int:
    return await call(stage.client, part, token=await stage.client.token(person))


def _is_answered(stage: Stage, noted: Noted) -> bool:
    """By the simulator's state: to call with a key would be a use of it, for which some accounts' keys would be kept."""
    if noted.part.fate is Fate.HELD:
        return stage.is_blocked(noted.part, EXPOSED)
    present = stage.local.azure.cognitive.require(noted.part.account.id).keys.values()
    return not set(noted.keys) & set(present) and not stage.is_blocked(noted.part, EXPOSED)


async def _look_again(stage: Stage, noted: Noted, began: int) -> Noted:
    part = noted.part
    record = await stage.records.get(ResourceId.account(part.account.id))
    posture = stage.posture(part)
    blockers = [each for each in posture.blockers if each["code"] == EXPOSED] if posture else []
    since = own_writes([*stage.local.azure.traffic.exchanges][began:])
    seen = replace(
        noted,
        exposure=record.exposures.get(ExposureKind.MEMBER_REMOVED),
        blocker=blockers[0] if blockers else None,
        touched=any(_changes(each.call.path.lower(), part) for each in since),
    )
    if not noted.keys:
        return seen
    after = await _tried(stage, part, noted.keys)
    leaver, staying = await asyncio.gather(_by_token(stage, part, LEAVER.id), _by_token(stage, part, STAYS.id))
    return replace(seen, after=after, token_after=leaver, staying=staying)


def _changes(path: str, part: Part) -> bool:
    """True where a write at this path changes something about the account: to be shown its keys does not."""
    return f"{path}/".startswith(f"{part.account.id.lower()}/") and not path.endswith("/listkeys")


def _tell(stage: Stage) -> None:
    dead = [each for each in stage.noted if each.part.fate is Fate.DIES]
    held = [each for each in stage.noted if each.part.fate is Fate.HELD]
    stage.board.say(LEAVER.name, f"calls with his copies: {_names(dead)} refuse them")
    stage.board.say(LEAVER.name, f"is still let in with them by {_names(held)}, which say why")
    stage.board.say(STAYS.name, f"who stays, is let in with a token by {_names([*dead, *held])}")


def _names(noted: list[Noted]) -> str:
    return ", ".join(each.part.name for each in noted)
