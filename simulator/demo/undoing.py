"""Somebody undoes by hand what the app has set; the app sets it again, and says who it was."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from simulator.caller import ACCOUNTS_VERSION, ARM
from simulator.client import AUTHORIZATION_VERSION, Client
from simulator.company.identities import CAROL, CHAT_USERS, PLATFORM
from simulator.demo.cast import PORTAL, THE_DOCS, THE_SHOP, Part
from simulator.demo.outcome import Undone
from simulator.demo.stage import DemoFailedError, Stage
from simulator.wire import Json


async def undo(stage: Stage) -> None:
    """The act; what came of it is in `stage.undone`. Raises DemoFailedError where it gets stuck."""
    stage.board.chapter("8. Somebody undoes it by hand: key access is turned on in the portal, a role is removed")
    access = Undone(THE_SHOP, "turned key access on", CAROL, stage.local.azure.clock.now())
    await _turn_key_access_on(stage, THE_SHOP)
    stage.board.say("Carol", f"turns key access of {THE_SHOP.name} on in the portal")
    role = Undone(THE_DOCS, f"removed the role of {CHAT_USERS.name}", PLATFORM, stage.local.azure.clock.now())
    await _remove_role(stage.client, THE_DOCS)
    stage.board.say("platform team", f"removes the role of {CHAT_USERS.name} on {THE_DOCS.name} with a clean-up script")
    stage.undone = [access, role]
    for each in stage.undone:
        await stage.until(f"it is put right that somebody {each.what}", partial(_is_repaired, stage, each))
    stage.undone = [told(each, stage.outcomes) for each in stage.undone]
    await stage.until(f"{THE_SHOP.name} is sealed again", partial(_is_sealed_again, stage, access.at))


async def _turn_key_access_on(stage: Stage, part: Part) -> None:
    azure = stage.local.azure
    token = azure.tokens.issue(azure.directory.users[CAROL.id], ARM, client_app_id=PORTAL)
    url, wanted = f"{ARM}{part.account.id}?api-version={ACCOUNTS_VERSION}", {"properties": {"disableLocalAuth": False}}
    answer = await stage.client.call("PATCH", url, wanted, headers={"Authorization": f"Bearer {token}"})
    if answer.status != 200 or answer.body["properties"]["disableLocalAuth"]:
        raise DemoFailedError(f"turning key access of {part.name} on answered {answer.status}")


async def _remove_role(client: Client, part: Part) -> None:
    made = [each for each in await client.assignments(part.account.id) if _is_of(each, CHAT_USERS.id)]
    answers = [await client.arm("DELETE", each["id"], version=AUTHORIZATION_VERSION) for each in made]
    if [each.status for each in answers] != [200]:
        raise DemoFailedError(f"{part.name} had {len(made)} role assignments of {CHAT_USERS.name} to be removed")


def _is_of(assignment: Json, principal: str) -> bool:
    return bool(assignment["properties"]["principalId"].lower() == principal)


def _is_repaired(stage: Stage, undone: Undone) -> bool:
    return told(undone, stage.heard).announced is not None


def _is_sealed_again(stage: Stage, since: datetime) -> bool:
    posture = stage.posture(THE_SHOP)
    return bool(posture and posture.pass_started > since and posture.milestone == "sealed")


def told(undone: Undone, outcomes: Iterable[Json]) -> Undone:
    """With the app's announcement of the repair, where there is one by now."""
    found = [each for each in outcomes if _repairs(each, undone)]
    return replace(undone, announced=found[0] if found else None)


def _repairs(event: Json, undone: Undone) -> bool:
    is_later = datetime.fromisoformat(event["time"]) >= undone.at
    is_about = event["subject"].lower() == undone.part.account.id.lower()
    return is_later and is_about and "repairs" in event["data"]
