"""Scalar functions. Kusto Query Language: scalar functions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any

from simulator.monitor.kql import values
from simulator.monitor.kql.faults import NotUnderstood
from simulator.monitor.kql.scope import Bound, Scope

type Maker = Callable[[str, Sequence[Bound], Scope], Bound]
_ANY = 64  # arguments


def call(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    """The call of a scalar function; raises NotUnderstood for one that is not here."""
    maker = _FUNCTIONS.get(name)
    if maker is None:
        raise NotUnderstood(f"the function '{name}()'")
    return maker(name, arguments, scope)


def _plain(result: str, function: Callable[..., Any], *counts: int, keeps_name: bool = False) -> Maker:
    """A function of its arguments' values; `keeps_name`: a cast, whose column is called as its argument."""

    def made(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
        _check_count(name, arguments, scope, counts or (1,))
        return Bound(
            result,
            lambda row: function(*(each.of(row) for each in arguments)),
            arguments[0].name if keeps_name and arguments else "",
        )

    return made


def _check_count(name: str, arguments: Sequence[Bound], scope: Scope, counts: Sequence[int]) -> None:
    if len(arguments) not in counts:
        expected = " or ".join(str(each) for each in counts) if len(counts) < _ANY else "1 or more"
        raise scope.fault(f"function '{name}' expects {expected} argument(s).", "SEM0219")


def _same_type(name: str, arguments: Sequence[Bound], scope: Scope) -> str:
    kinds = {each.type for each in arguments}
    if len(kinds) > 1:
        raise scope.fault(f"{name}(): all arguments must be of the same type.", "SEM0025")
    return kinds.pop()


def _coalesce(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    """The first value that is not null, among strings the first that is not empty."""
    _check_count(name, arguments, scope, range(2, _ANY + 2))
    kind = _same_type(name, arguments, scope)
    nothing = "" if kind == "string" else None

    def first(row: Any) -> Any:
        return next((found for each in arguments if (found := each.of(row)) != nothing), nothing)

    return Bound(kind, first)


def _iff(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    _check_count(name, arguments, scope, (3,))
    test, then, otherwise = arguments
    if test.type != "bool":
        raise scope.fault(f"{name}(): the first argument must be a boolean.", "SEM0025")
    kind = _same_type(name, (then, otherwise), scope)
    return Bound(kind, lambda row: then.of(row) if test.of(row) else otherwise.of(row))


def _ago(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    _check_count(name, arguments, scope, (1,))
    if arguments[0].type != "timespan":
        raise scope.fault(f"{name}(): argument must be a timespan.", "SEM0025")
    return Bound("datetime", lambda row: scope.now - arguments[0].of(row))


def _now(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    _check_count(name, arguments, scope, (0,))
    return Bound("datetime", lambda _: scope.now)


def _bin(name: str, arguments: Sequence[Bound], scope: Scope) -> Bound:
    _check_count(name, arguments, scope, (2,))
    value, size = arguments
    fits = size.type == "timespan" if value.type in {"datetime", "timespan"} else size.type in values.NUMBERS
    if not fits:
        raise scope.fault(f"{name}(): the arguments must be numbers, or times and a timespan.", "SEM0025")
    return Bound(value.type, lambda row: values.floor(value.of(row), size.of(row)), value.name)


def _empty(value: Any) -> bool:
    return values.as_text(value) == ""


def _start_of_day(value: datetime | None) -> datetime | None:
    return datetime.combine(value.astimezone(UTC).date(), time(), UTC) if value else None


def _json(value: Any) -> Any:
    return values.as_dynamic(value) if isinstance(value, str) else value


_FUNCTIONS: dict[str, Maker] = {
    "ago": _ago,
    "now": _now,
    "bin": _bin,
    "coalesce": _coalesce,
    "iff": _iff,
    "iif": _iff,
    "isempty": _plain("bool", _empty),
    "isnotempty": _plain("bool", lambda value: not _empty(value)),
    "isnull": _plain("bool", lambda value: value is None),
    "isnotnull": _plain("bool", lambda value: value is not None),
    "not": _plain("bool", values.negated),
    "parse_json": _plain("dynamic", _json, keeps_name=True),
    "todynamic": _plain("dynamic", _json, keeps_name=True),
    "tostring": _plain("string", values.as_text, keeps_name=True),
    "tolong": _plain("long", lambda value: values.as_number(value, int), keeps_name=True),
    "toint": _plain("int", lambda value: values.as_number(value, int), keeps_name=True),
    "toreal": _plain("real", lambda value: values.as_number(value, float), keeps_name=True),
    "todouble": _plain("real", lambda value: values.as_number(value, float), keeps_name=True),
    "todatetime": _plain("datetime", values.as_moment, keeps_name=True),
    "startofday": _plain("datetime", _start_of_day),
    "strcat": _plain("string", lambda *parts: "".join(values.as_text(each) for each in parts), *range(1, _ANY + 1)),
    "strlen": _plain("long", lambda value: len(values.as_text(value))),
    "tolower": _plain("string", lambda value: values.as_text(value).lower()),
    "toupper": _plain("string", lambda value: values.as_text(value).upper()),
}
