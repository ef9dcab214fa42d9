"""Filters of event subscriptions: event types, subject, advanced filters.

Rests on "Understand event filtering for Event Grid subscriptions" and the AdvancedFilter types of the Event Grid
management API. Filters must all match, the values of one filter are alternatives. A key is split at its dots, so a
property whose own name holds a dot (a claim's URI) can never be reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.event_grid import bodies, events
from simulator.event_grid.bodies import refused
from simulator.wire import Json

MOST_FILTERS = 25
MOST_VALUES = 25
MOST_CHARACTERS = 512

type Test = Callable[[Any, Any], bool]

_MISSING = object()
_STRING: dict[str, Test] = {
    "StringIn": lambda value, wanted: value == wanted,
    "StringBeginsWith": str.startswith,
    "StringEndsWith": str.endswith,
    "StringContains": lambda value, wanted: wanted in value,
}
_NUMBER: dict[str, Test] = {
    "NumberIn": lambda value, wanted: value == wanted,
    "NumberInRange": lambda value, wanted: wanted[0] <= value <= wanted[1],
}
_NUMBER_ONE: dict[str, Test] = {
    "NumberLessThan": lambda value, wanted: value < wanted,
    "NumberLessThanOrEquals": lambda value, wanted: value <= wanted,
    "NumberGreaterThan": lambda value, wanted: value > wanted,
    "NumberGreaterThanOrEquals": lambda value, wanted: value >= wanted,
}
_BOOL: dict[str, Test] = {"BoolEquals": lambda value, wanted: value is wanted}
_TESTS: dict[str, Test] = {**_STRING, **_NUMBER, **_NUMBER_ONE, **_BOOL}
_NEGATED = {name: name.replace("Not", "") for name in ("StringNotIn", "StringNotBeginsWith", "StringNotEndsWith")} | {
    "StringNotContains": "StringContains",
    "NumberNotIn": "NumberIn",
    "NumberNotInRange": "NumberInRange",
}
_NO_VALUE = ("IsNullOrUndefined", "IsNotNull")
OPERATORS = (*_TESTS, *_NEGATED, *_NO_VALUE)
# the names of envelope properties, by what a filter may call them
_GRID_KEYS = {
    "id": "id", "topic": "topic", "subject": "subject", "eventtype": "eventType", "dataversion": "dataVersion",
}  # fmt: skip
_CLOUD_KEYS = {
    "id": "id", "eventid": "id", "source": "source", "subject": "subject", "type": "type", "eventtype": "type",
    "eventtypeversion": "dataversion",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AdvancedFilter:
    operator: str
    key: str
    values: tuple[Any, ...]

    def matches(self, event: Json, *, arrays: bool) -> bool:
        """True where the event passes this filter. A list counts only where filtering on arrays is enabled."""
        found = _lookup(event, self.key)
        if self.operator in _NO_VALUE:
            return (found is _MISSING or found is None) is (self.operator == "IsNullOrUndefined")
        if isinstance(found, list) and not arrays:
            return False
        candidates = found if isinstance(found, list) else [] if found in (_MISSING, None) else [found]
        positive = _NEGATED.get(self.operator, self.operator)
        hit = any(_holds(positive, each, wanted) for each in candidates for wanted in self.values)
        return hit is not (self.operator in _NEGATED)


@dataclass(frozen=True, slots=True)
class Filter:
    event_types: frozenset[str] | None = None  # lower case; None lets every type through
    begins: str = ""
    ends: str = ""
    case_sensitive: bool = False
    arrays: bool = False
    advanced: tuple[AdvancedFilter, ...] = ()

    def matches(self, event: Json) -> bool:
        """True where the event passes every part of the filter."""
        if self.event_types is not None and events.kind_of(event).lower() not in self.event_types:
            return False
        subject = str(event.get("subject") or "")
        begins, ends = self.begins, self.ends
        if not self.case_sensitive:
            subject, begins, ends = subject.lower(), begins.lower(), ends.lower()
        if not (subject.startswith(begins) and subject.endswith(ends)):
            return False
        return all(each.matches(event, arrays=self.arrays) for each in self.advanced)


def parsed(body: Json) -> Filter:
    """The filter of an EventSubscriptionFilter; raises 400 where it is malformed or beyond the limits."""
    types = bodies.texts(body, "includedEventTypes")
    every = not types or "all" in [each.lower() for each in types]
    return Filter(
        event_types=None if every else frozenset(each.lower() for each in types or []),
        begins=bodies.text(body, "subjectBeginsWith"),
        ends=bodies.text(body, "subjectEndsWith"),
        case_sensitive=bodies.flag(body, "isSubjectCaseSensitive"),
        arrays=bodies.flag(body, "enableAdvancedFilteringOnArrays"),
        advanced=_advanced(body.get("advancedFilters") or []),
    )


def _advanced(sent: Any) -> tuple[AdvancedFilter, ...]:
    if not isinstance(sent, list):
        raise refused("The property 'advancedFilters' must be an array.")
    if len(sent) > MOST_FILTERS:
        raise refused(f"The number of advanced filters '{len(sent)}' exceeds the limit of {MOST_FILTERS}.")
    filters = tuple(_one(each) for each in sent)
    if (count := sum(len(each.values) for each in filters)) > MOST_VALUES:
        raise refused(f"The number of values '{count}' across all advanced filters exceeds the limit of {MOST_VALUES}.")
    return filters


def _one(sent: Any) -> AdvancedFilter:
    if not isinstance(sent, dict):
        raise refused("An advanced filter must be an object.")
    operator = bodies.one_of(sent, "operatorType", default="", allowed=OPERATORS)
    key = bodies.text(sent, "key")
    if not key:
        raise refused(f"The advanced filter of type '{operator}' has no key.")
    return AdvancedFilter(operator, key, _values(operator, sent))


def _values(operator: str, sent: Json) -> tuple[Any, ...]:
    positive = _NEGATED.get(operator, operator)
    if positive in _NO_VALUE:
        return ()
    single = positive in _NUMBER_ONE or positive in _BOOL
    values = [sent.get("value")] if single else sent.get("values") or []
    if not isinstance(values, list) or not values or not all(_fits(positive, each) for each in values):
        raise refused(f"The advanced filter of type '{operator}' on '{sent.get('key')}' has missing or invalid values.")
    return tuple(each.lower() if isinstance(each, str) else each for each in values)


def _fits(operator: str, value: Any) -> bool:
    if operator in _BOOL:
        return isinstance(value, bool)
    if operator in _STRING:
        return isinstance(value, str) and len(value) <= MOST_CHARACTERS
    if operator == "NumberInRange":
        return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
    return _is_number(value)


def _holds(operator: str, value: Any, wanted: Any) -> bool:
    if operator in _STRING:
        return isinstance(value, str) and _TESTS[operator](value.lower(), wanted)
    if operator in _BOOL:
        return isinstance(value, bool) and value is wanted
    return _is_number(value) and _TESTS[operator](value, wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lookup(event: Json, key: str) -> Any:
    """What stands under a key such as `subject` or `data.a.b`; `_MISSING` where nothing does."""
    first, *rest = key.split(".")
    known = _CLOUD_KEYS if events.is_cloud(event) else _GRID_KEYS
    found: Any = event.get(known.get(first.lower(), "data" if first.lower() == "data" else first), _MISSING)
    for name in rest:
        found = found.get(name, _MISSING) if isinstance(found, dict) else _MISSING
    return found
