"""Reading request bodies of Microsoft.EventGrid: the right types, enumerations and ranges, or its 400."""

from typing import Any

from simulator.wire import Json, WireFault


def refused(message: str) -> WireFault:
    """Event Grid's answer to a request it understands and does not accept."""
    return WireFault(400, "InvalidRequest", message)


def not_implemented(what: str) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not implement {what}.")


def part(body: Json, name: str) -> Json:
    """The object under `name`, empty where it is absent or null; raises 400 for anything else."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(f"The property '{name}' must be an object.")
    return value


def text(body: Json, name: str, default: str = "") -> str:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise refused(f"The property '{name}' must be a string.")
    return value


def flag(body: Json, name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise refused(f"The property '{name}' must be a boolean.")
    return bool(value)


def whole(body: Json, name: str, *, default: int, low: int, high: int) -> int:
    """The whole number under `name`, within `low` and `high`; raises 400 otherwise."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise refused(f"The value '{value}' of the property '{name}' is invalid. It must be between {low} and {high}.")
    return value


def one_of(body: Json, name: str, *, default: str, allowed: tuple[str, ...]) -> str:
    """The enumeration value under `name`, in the casing of `allowed`; raises 400 for any other."""
    sent = text(body, name, default)
    for each in allowed:
        if each.lower() == sent.lower():
            return each
    raise refused(f"The value '{sent}' of the property '{name}' is invalid. Allowed values are: {', '.join(allowed)}.")


def texts(body: Json, name: str) -> list[str] | None:
    """The list of strings under `name`, None where it is absent or null."""
    value: Any = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise refused(f"The property '{name}' must be an array of strings.")
    return value


def tags(body: Json) -> dict[str, str]:
    """The tags of a resource, empty where there are none."""
    sent = part(body, "tags")
    return {name: text(sent, name) for name in sent}
