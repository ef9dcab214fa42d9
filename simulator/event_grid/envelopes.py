"""Events that are published to a custom topic: read and checked against the topic's input schema.

Rests on "Azure REST: Publish Events" (Microsoft.EventGrid data plane, 2018-01-01), "Azure Event Grid event schema" and
the CloudEvents 1.0 JSON format.
"""

import json
import re
from datetime import datetime
from typing import Any

from simulator.event_grid.settings import CLOUD
from simulator.event_grid.topics import Topic
from simulator.wire import Call, Json, WireFault

MOST_BYTES = 1024 * 1024
_GRID_TEXTS = ("id", "subject", "eventType", "dataVersion")
_GRID_KNOWN = {*_GRID_TEXTS, "topic", "data", "eventTime", "metadataVersion"}
_CLOUD_REQUIRED = ("id", "source", "type", "specversion")
_CLOUD_TEXTS = (*_CLOUD_REQUIRED, "subject", "time", "datacontenttype", "dataschema", "data_base64")
_ATTRIBUTE = re.compile(r"[a-z0-9]+")


def published(call: Call, topic: Topic) -> list[Json]:
    """The events in a publishing call, completed with what the topic adds; raises Event Grid's 400, 413 or 415."""
    if len(call.content) > MOST_BYTES:
        raise WireFault(413, "RequestEntityTooLarge", f"The maximum size ({MOST_BYTES}) has been exceeded.")
    try:
        body = json.loads(call.content)
    except ValueError as error:
        raise invalid(f"The JSON received could not be read: {error}.") from error
    return _cloud_events(call, body) if topic.input_schema == CLOUD else _grid_events(body, topic)


def invalid(message: str) -> WireFault:
    return WireFault(400, "BadRequest", message, detail="InputJsonInvalid")


def _grid_events(body: Any, topic: Topic) -> list[Json]:
    prefix = "This resource is configured for 'EventGridEvent' schema."
    if not isinstance(body, list) or not body:
        raise invalid(f"{prefix} Unexpected token when reading JSON. Expected: StartArray, actual: {_token(body)}.")
    return [_grid_event(each, topic, prefix) for each in body]


def _grid_event(sent: Any, topic: Topic, prefix: str) -> Json:
    if not isinstance(sent, dict):
        raise invalid(f"{prefix} Unexpected token when reading JSON. Expected: StartObject, actual: {_token(sent)}.")
    if unknown := next((name for name in sent if name not in _GRID_KNOWN), None):
        raise invalid(
            f"{prefix} Received unexpected property '{unknown}' in JSON which does not conform to the expected schema."
        )
    for name in _GRID_TEXTS:
        if not isinstance(sent.get(name), str) or (name != "dataVersion" and not sent[name]):
            raise invalid(f"{prefix} The property '{name}' is required and must be a non-empty string.")
    if "data" not in sent:
        raise invalid(f"{prefix} The property 'data' is required.")
    _check_moment(sent.get("eventTime"), f"{prefix} The property 'eventTime' is required and must be a date and time.")
    if str(sent.get("topic") or topic.id).lower() != topic.id.lower():
        raise invalid(f"{prefix} The property 'topic' must be left out or be '{topic.id}'.")
    if sent.get("metadataVersion") not in (None, "1"):
        raise invalid(f"{prefix} The property 'metadataVersion' must be left out or be '1'.")
    return {**sent, "topic": topic.id, "metadataVersion": "1"}


def _cloud_events(call: Call, body: Any) -> list[Json]:
    kind = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    batched = kind == "application/cloudevents-batch+json"
    if batched is not isinstance(body, list) or not (batched or kind == "application/cloudevents+json"):
        raise invalid(
            "This resource is configured to receive event in 'CloudEventV10' schema. The JSON received does not conform "
            f"to the expected schema. Token Expected: {'StartArray' if batched else 'StartObject'}, "
            f"Actual Token Received: {_token(body)}."
        )
    return [_cloud_event(each) for each in (body if batched else [body])]


def _cloud_event(sent: Any) -> Json:
    prefix = "This resource is configured to receive event in 'CloudEventV10' schema."
    if not isinstance(sent, dict):
        raise invalid(f"{prefix} Token Expected: StartObject, Actual Token Received: {_token(sent)}.")
    for name in _CLOUD_REQUIRED:
        if not isinstance(sent.get(name), str) or not sent[name]:
            raise invalid(f"{prefix} The attribute '{name}' is required and must be a non-empty string.")
    if sent["specversion"] != "1.0":
        raise invalid(f"{prefix} The specversion '{sent['specversion']}' is not supported.")
    for name, value in sent.items():
        _check_attribute(name, value, prefix)
    if sent.get("time") is not None:
        _check_moment(sent["time"], f"{prefix} The attribute 'time' must be a date and time.")
    return sent


def _check_attribute(name: str, value: Any, prefix: str) -> None:
    if name not in ("data", "data_base64") and not _ATTRIBUTE.fullmatch(name):
        raise invalid(f"{prefix} The attribute name '{name}' is invalid: only lower-case letters and digits.")
    if name in _CLOUD_TEXTS and value is not None and not isinstance(value, str):
        raise invalid(f"{prefix} The attribute '{name}' must be a string.")


def _check_moment(value: Any, message: str) -> None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise invalid(message) from error


def _token(value: Any) -> str:
    names = {dict: "StartObject", list: "StartArray", str: "String", bool: "Boolean", type(None): "Null"}
    return names.get(type(value), "Number")
