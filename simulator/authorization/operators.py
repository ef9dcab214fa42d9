"""The comparisons a condition can make: strings, GUIDs, numbers, truths and times, each with its negation.

Azure: Azure role assignment condition format and syntax, function operators.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from simulator.authorization.scopes import guid

type Value = str | int | bool
type Test = Callable[[Value, Value], bool]

_OPERATOR = re.compile(
    r"(?:For(?P<left>Any|All)Of(?P<right>Any|All)Values:)?(?P<kind>String|Guid|Numeric|Bool|DateTime)(?P<no>Not)?(?P<how>\w+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Operator:
    """`left` and `right`: must any or all values of that side satisfy `test`; `crosses` is False where each side has one."""

    test: Test
    takes: Callable[[Value], bool]
    crosses: bool
    left: Literal["any", "all"]
    right: Literal["any", "all"]


def operator(name: str) -> Operator | None:
    """The operator of this name in any case, None where there is none."""
    found = _OPERATOR.fullmatch(name)
    test = _TESTS.get(f"{found['kind']}{found['how']}".lower()) if found else None
    if not found or not test:
        return None
    return Operator(
        _negated(test) if found["no"] else test,
        _TAKES[found["kind"].lower()],
        found["left"] is not None,
        "all" if (found["left"] or "").lower() == "all" else "any",
        "all" if (found["right"] or "").lower() == "all" else "any",
    )


def _negated(test: Test) -> Test:
    return lambda one, other: not test(one, other)


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _like(value: str, pattern: str) -> bool:
    pieces = re.findall(r"\\.|[*?]|[^\\*?]+", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(each) or re.escape(each[1:] if each[0] == "\\" else each) for each in pieces)
    return re.fullmatch(text, value, re.DOTALL) is not None


def _both(change: Callable[[Value], Value], test: Callable[..., bool]) -> Test:
    return lambda one, other: test(change(one), change(other))


def _folded(value: Value) -> Value:
    return str(value).casefold()


def _text(value: Value) -> Value:
    return str(value)


def _guid(value: Value) -> Value:
    return guid(str(value)) or str(value)


def _truth(value: Value) -> Value:
    return str(value).lower() == "true"


def _moment(value: Value) -> Value:
    return int(datetime.fromisoformat(str(value)).timestamp())


_ORDER: dict[str, Callable[..., bool]] = {
    "equals": lambda one, other: one == other,
    "greaterthan": lambda one, other: one > other,
    "greaterthanequals": lambda one, other: one >= other,
    "lessthan": lambda one, other: one < other,
    "lessthanequals": lambda one, other: one <= other,
}
_STRINGS: dict[str, Callable[..., bool]] = {
    "equals": _ORDER["equals"],
    "startswith": lambda one, other: one.startswith(other),
    "like": _like,
}
_TESTS: dict[str, Test] = {
    "guidequals": _both(_guid, _ORDER["equals"]),
    "boolequals": _both(_truth, _ORDER["equals"]),
    **{f"string{how}": _both(_text, test) for how, test in _STRINGS.items()},
    **{f"string{how}ignorecase": _both(_folded, test) for how, test in _STRINGS.items()},
    **{f"numeric{how}": _both(int, test) for how, test in _ORDER.items()},
    **{f"datetime{how}": _both(_moment, test) for how, test in _ORDER.items()},
}
_TAKES: dict[str, Callable[[Value], bool]] = {
    "string": lambda value: isinstance(value, str),
    "guid": lambda value: guid(value) is not None,
    "numeric": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "datetime": lambda value: isinstance(value, str) and _is_moment(value),
}
