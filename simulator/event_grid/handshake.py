"""The endpoint's consent before anything is delivered to it.

Rests on "Endpoint validation with Event Grid event schema" and "Endpoint validation with CloudEvents schema": the code
of a validation event echoed with status 200, or `WebHook-Allowed-Origin` in the answer to OPTIONS. The way by hand,
through the validation URL, is not served.
"""

import json
import uuid
from datetime import datetime

from simulator.event_grid import events
from simulator.event_grid.endpoints import Answer, Endpoints, Unreachable
from simulator.event_grid.settings import CLOUD
from simulator.event_grid.subscriptions import EventSubscription
from simulator.wire import WireFault

ORIGIN = "eventgrid.azure.net"
_OK = 200


async def validate(endpoints: Endpoints, subscription: EventSubscription, now: datetime) -> None:
    """Returns where the endpoint consents; raises the 400 with Azure's code `Url validation` otherwise."""
    url = endpoints.url(subscription.settings.destination)
    if url is None:
        raise _no_function(subscription.settings.destination.target, now)
    method = "OPTIONS" if subscription.settings.schema == CLOUD else "POST"
    try:
        if method == "OPTIONS":
            reason = _origin_refused(await endpoints.send("OPTIONS", url, {"WebHook-Request-Origin": ORIGIN}))
        else:
            reason = await _code_refused(endpoints, subscription, url, now)
    except Unreachable as unreachable:
        reason = f"Http {method} request failed with response code Unknown ({unreachable})."
    if reason:
        raise WireFault(
            400,
            "Url validation",
            f"Webhook validation handshake failed for {url.partition('?')[0]}. {reason} "
            f"For troubleshooting, visit https://aka.ms/esvalidation. {_activity(now)}",
        )


async def _code_refused(endpoints: Endpoints, subscription: EventSubscription, url: str, now: datetime) -> str:
    code = str(uuid.uuid4()).upper()
    event = events.grid_event(
        topic=subscription.topic,
        subject="",
        kind="Microsoft.EventGrid.SubscriptionValidationEvent",
        data={"validationCode": code, "validationUrl": _validation_url(subscription.name, now)},
        now=now,
        data_version="2",
    )
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "aeg-event-type": "SubscriptionValidation",
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": "0",
        "aeg-data-version": "2",
        "aeg-metadata-version": "1",
    }
    answer = await endpoints.send("POST", url, headers, json.dumps([event]).encode())
    if answer.status == _OK and _echoed(answer.text) == code:
        return ""
    if answer.status in range(_OK, 300):
        return (
            f"Http POST request returned {answer.status} without the validation code in the response body. When a "
            "validation request is accepted without validation code in the response body, Http GET is expected on the "
            "validation url included in the validation event(within 10 minutes)."
        )
    return f"Http POST request failed with response code {answer.status}."


def _origin_refused(answer: Answer) -> str:
    if answer.status not in range(_OK, 300):
        return f"Http OPTIONS request failed with response code {answer.status}."
    allowed = answer.headers.get("WebHook-Allowed-Origin", "")
    if allowed == "*" or ORIGIN in [each.strip().lower() for each in allowed.split(",")]:
        return ""
    return f"Http OPTIONS response did not allow the origin {ORIGIN} in the header WebHook-Allowed-Origin."


def _echoed(text: str) -> str | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    return next((str(value) for name, value in body.items() if name.lower() == "validationresponse"), None)


def _validation_url(name: str, now: datetime) -> str:
    return (
        f"https://rp-westeurope.eventgrid.azure.net:553/eventsubscriptions/{name.lower()}/validate"
        f"?id={uuid.uuid4()}&t={now:%Y-%m-%dT%H:%M:%S}.0000000Z&apiVersion=2022-06-15&token={uuid.uuid4().hex}"
    )


def _no_function(resource_id: str, now: datetime) -> WireFault:
    return WireFault(
        400,
        "Endpoint validation",
        f"Destination endpoint not found. Resource details: resourceId: {resource_id}. "
        f"Resource should pre-exist before attempting this operation. {_activity(now)}",
    )


def _activity(now: datetime) -> str:
    return f"Activity id:{uuid.uuid4()}, timestamp: {now:%-m/%-d/%Y %-I:%M:%S %p} (UTC)."
