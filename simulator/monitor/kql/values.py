"""Values of the language: how they compare, how they are written.

Kusto Query Language: scalar data types, null values. A string is never null; comparing nulls gives null, and a condition
that is null does not hold.
"""

import json
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

NUMBERS = frozenset({"int", "long", "real"})
type Test = Callable[[Any, Any], bool | None]


def equal(left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None if left is right else False
    return bool(left == right)


def unequal(left: Any, right: Any) -> bool | None:
    return negated(equal(left, right))


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _ordered(test: Callable[[Any, Any], bool]) -> Test:
    def compared(left: Any, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        try:
            return test(left, right)
        except TypeError:  # dynamic values of two kinds
            return None

    return compared


SYMBOLS: dict[str, Test] = {
    "==": equal,
    "!=": unequal,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}


def _has(text: str, term: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(term)}(?![A-Za-z0-9])", text) is not None


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=~": operator.eq,
    "!~": operator.ne,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": operator.contains,
    "has": _has,
}


def text_test(word: str) -> Callable[[str, str], bool] | None:
    """The test of an operator on texts, which ignores case unless it ends with `_cs`; None where there is no such operator."""
    if word in {"=~", "!~"}:
        negative, name = False, word
    else:
        negative, name = word.startswith("!"), word.removeprefix("!")
    strict = name.endswith("_cs")
    test = _TEXT_TESTS.get(name.removesuffix("_cs"))
    if test is None:
        return None

    def checked(left: str, right: str) -> bool:
        found = test(left, right) if strict else test(left.lower(), right.lower())
        return found is not negative

    return checked


def as_text(value: Any) -> str:
    """A value as `tostring()` writes it: empty for null, JSON for what is not scalar."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return moment(value)
        case timedelta():
            return duration(value)
        case dict() | list():
            return json.dumps(value, separators=(",", ":"))
        case _:
            return str(value)


def as_wire(value: Any, kind: str) -> Any:
    """A value as the query API sends it: dynamic values as text, like times."""
    if kind == "string":
        return as_text(value)
    if value is None or isinstance(value, bool | int | float):
        return as_text(value) if kind == "dynamic" and value is not None else value
    return as_text(value)


def moment(value: datetime) -> str:
    whole = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    fraction = f"{value.microsecond:06d}".rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


def duration(value: timedelta) -> str:
    sign, size = ("-", -value) if value < timedelta() else ("", value)
    hours, rest = divmod(size.seconds, 3600)
    days = f"{size.days}." if size.days else ""
    fraction = f".{size.microseconds:06d}0" if size.microseconds else ""
    return f"{sign}{days}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}{fraction}"


def as_dynamic(text: str) -> Any:
    """What `parse_json()` makes of a text: the text itself where it is no JSON, null where it is empty."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def as_number(value: Any, number: type[int] | type[float]) -> int | float | None:
    try:
        return number(float(value)) if isinstance(value, str) else number(value)
    except (TypeError, ValueError, OverflowError):
        return None


def as_moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def floor(value: Any, size: Any) -> Any:
    """`bin()`: the value rounded down to a multiple of `size`; null where either is null or the size is not positive."""
    if value is None or size is None:
        return None
    if isinstance(value, datetime):
        start = datetime.min.replace(tzinfo=UTC)
        return start + (value - start) // size * size if size > timedelta() else None
    return value // size * size if size > type(size)(0) else None
