"""The search for secrets in everything that the app and the local Azure around it have written."""

import json
from collections import defaultdict
from collections.abc import Iterator

from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.traffic import FOLDER

WRITTEN = 16  # characters of a secret's beginning or end that give it away


def traces(secret: str) -> Iterator[str]:
    """What shows that a secret was written, cut or not: its beginning and its end; of a token what makes it one."""
    *_, last = secret.split(".")
    yield last[:WRITTEN]
    yield last[-WRITTEN:]
    if secret.startswith("eyJ"):
        yield secret[: 2 * WRITTEN]


async def every_secret(app: AppRun) -> list[str]:
    """All that was handed out so far, and the keys of the storage and of the host."""
    found = await app.client.simulator("GET", "secrets")
    storage = dict(each.partition("=")[::2] for each in app.storage.split(";"))["AccountKey"]
    own = [storage, app.place.variables["UNKEYED_HOST_KEY"]]
    handed_out = ("keys", "vaults", "tokens", "secrets", "clientStates")
    return [*(secret for kind in handed_out for secret in found[kind]), *own]


async def writings(app: AppRun) -> dict[str, str]:
    """Everything that was written anywhere, by place; messages as they are and decoded."""
    events = await app.client.simulator("GET", "events")
    messages = [text for name in await app.queues() for text in await app.queued(name)]
    return {
        "log": (app.place.home / "app.log").read_text(),
        "table": json.dumps(await app.rows(), default=str),
        "queue": "\n".join(messages),
        "event": json.dumps([_without_state(events["emitted"]), events["received"], events["deadLetters"]]),
        "telemetry": json.dumps(await app.client.simulator("GET", "telemetry")),
        "traffic": "\n".join(path.read_text() for path in FOLDER.rglob("*.json")),
    }


def _without_state(emitted: list[Json]) -> list[Json]:
    """Azure's own events without the client state, which Microsoft Graph repeats in each of a subscription's."""
    return [
        {**each, "data": {name: value for name, value in each["data"].items() if name != "clientState"}}
        for each in emitted
    ]


def found_in(written: dict[str, str], secrets: list[str]) -> dict[str, set[str]]:
    """The places where each secret left a trace; those that left none are not there."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for secret in secrets:
        for place, text in written.items():
            if any(trace in text for trace in traces(secret)):
                found[secret].add(place)
    return dict(found)
