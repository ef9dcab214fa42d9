"""The story: what happens to Contoso's estate, chapter by chapter."""

import asyncio
from functools import partial

from simulator.company.estate import MISSING_GROUP
from simulator.company.identities import BOB, PLATFORM
from simulator.demo.calls import Consumer, ends_tomorrow
from simulator.demo.cast import EVERYBODY, NEWCOMER, PARTS, THE_BATCH, THE_SEARCH, THE_SHOP
from simulator.demo.connections import auth_types
from simulator.demo.leaving import leave
from simulator.demo.looking_back import heard_of, look_back
from simulator.demo.stage import DemoFailedError, Stage
from simulator.demo.undoing import undo
from simulator.traffic import KEPT_IN_MEMORY

_GRAPH = "https://graph.microsoft.com"
ROTATIONS = 2


async def tell(stage: Stage) -> None:
    """Everything from the estate as it is to the last account's end; raises DemoFailedError where it gets stuck."""
    await _as_it_is(stage)
    await _app_starts(stage)
    await _newcomer(stage)
    await _group(stage)
    await _rotations(stage)
    await _tokens(stage)
    await leave(stage)
    await undo(stage)
    await _end(stage)


async def _as_it_is(stage: Stage) -> None:
    stage.board.chapter("1. The estate as it is: keys everywhere, and nobody has a role")
    stage.enter(*PARTS)
    stage.connections_before = await auth_types(stage.client)
    answers = await asyncio.gather(*(stage.call_before(each) for each in PARTS))
    wrong = [part.name for part, (token, key) in zip(PARTS, answers, strict=True) if token == 200 or key != 200]
    if wrong:
        raise DemoFailedError(f"before any grant a token is refused and a key is taken, but not by {', '.join(wrong)}")
    stage.board.say("Alice, Bob", "call all 8 accounts: tokens are refused, copies of keys let in")


async def _app_starts(stage: Stage) -> None:
    stage.board.chapter(
        "2. unkeyed starts: it sweeps the estate, and asks Microsoft Graph to tell of changes of groups"
    )
    await stage.local.start_app(stage.options)
    stage.start(Consumer(stage.client, THE_SHOP, 0.1))
    stage.start(Consumer(stage.client, THE_BATCH, 0.5))
    await stage.until(f"{THE_SHOP.name} is granted", lambda: _is_reached(stage, "granted"))


async def _newcomer(stage: Stage) -> None:
    stage.board.chapter(f"3. The lab makes another account, {NEWCOMER.name}; an event tells of it")
    answer = await stage.client.create_account(NEWCOMER.account.id)
    if answer.status != 201:
        raise DemoFailedError(f"creating {NEWCOMER.name} answered {answer.status}")
    stage.enter(NEWCOMER)
    stage.board.say("the lab", f"creates {NEWCOMER.name} through Resource Manager")
    await stage.until(f"{NEWCOMER.name} is seen", lambda: stage.posture(NEWCOMER) is not None)


async def _group(stage: Stage) -> None:
    stage.board.chapter(f"4. The platform team makes {MISSING_GROUP}; Microsoft Graph tells of it")
    await stage.until(f"{THE_SEARCH.name} misses it", lambda: stage.is_blocked(THE_SEARCH, "grant.groupMissing"))
    await stage.until("Microsoft Graph's events reach the app", lambda: stage.hears_of_groups)
    headers = {"Authorization": f"Bearer {await stage.client.token(PLATFORM.id, _GRAPH)}"}
    group = {
        "displayName": MISSING_GROUP,
        "mailEnabled": False,
        "mailNickname": MISSING_GROUP,
        "securityEnabled": True,
        "members@odata.bind": [f"{_GRAPH}/v1.0/directoryObjects/{BOB.id}"],
    }
    made = await stage.client.call("POST", f"{_GRAPH}/v1.0/groups", group, headers=headers)
    if made.status != 201:
        raise DemoFailedError(f"creating the group answered {made.status}")
    stage.board.say("platform team", f"creates {MISSING_GROUP} with {BOB.name} in it")


async def _rotations(stage: Stage) -> None:
    stage.board.chapter("5. A secret nears its end, twice: keys rotate under a program that reads them from the vault")
    consumer = stage.consumers[0]
    await stage.until(f"{THE_SHOP.name} is connected", lambda: _is_reached(stage, "connected"))
    for made in range(1, 1 + ROTATIONS):
        await ends_tomorrow(stage.client, THE_SHOP)
        stage.board.say("platform team", f"has {THE_SHOP.secret} end tomorrow; Key Vault tells of it")
        wanted = made + 1
        await stage.until("the key was rotated", partial(_has_versions, stage, wanted))
        await stage.until("the shop took up the new one", partial(_has_read, consumer, wanted))
    calls = consumer.by_key
    stage.board.say("the shop", f"has called with the key in the vault {calls.made} times, {len(calls.failed)} failed")


def _has_versions(stage: Stage, wanted: int) -> bool:
    return stage.versions(THE_SHOP) >= wanted


def _has_read(consumer: Consumer, wanted: int) -> bool:
    return len(consumer.keys) >= wanted


async def _tokens(stage: Stage) -> None:
    stage.board.chapter(
        "6. The shop's program moves to Entra ID; its account falls quiet, its keys die, key access ends"
    )
    await stage.gets_in(THE_SHOP)
    await stage.consumers[0].use_tokens()
    stage.board.say("the shop", "calls with tokens from now on")
    await stage.until(f"{THE_SHOP.name} is sealed", lambda: stage.has_ended(THE_SHOP))


async def _end(stage: Stage) -> None:
    stage.board.chapter("9. How it ended")
    for part in EVERYBODY:
        await stage.until(f"{part.name} is at its end", partial(stage.has_ended, part))
        if part.takes_tokens:
            await stage.gets_in(part)
    await look_back(stage)
    await stage.until("all events of the app's own writes have reached it", partial(_is_silent, stage))


def _is_silent(stage: Stage) -> bool:
    if len(stage.local.azure.traffic.exchanges) >= KEPT_IN_MEMORY:
        raise DemoFailedError("there was more traffic than is kept, so the app's writes cannot be counted")
    return all(each.is_over for each in heard_of(stage))


def _is_reached(stage: Stage, milestone: str) -> bool:
    posture = stage.posture(THE_SHOP)
    return bool(posture and milestone in posture.reached)
