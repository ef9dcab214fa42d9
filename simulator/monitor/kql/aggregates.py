"""Aggregates of `summarize`. Kusto Query Language: aggregation functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulator.monitor.kql import expressions, values
from simulator.monitor.kql.faults import NotUnderstood
from simulator.monitor.kql.nodes import Call, Named, Node, Star
from simulator.monitor.kql.scope import Bound, Row, Scope

type Rows = Sequence[Row]
_EXTREMES: dict[str, Callable[[list[Any]], Any]] = {"max": max, "min": min}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of the result, worked out from the rows of a group."""

    name: str
    type: str
    of: Callable[[Rows], Any]


def aggregates(named: Named, scope: Scope) -> list[Aggregate]:
    """The columns that one aggregate makes: one, or for `arg_max` as many as it names."""
    call = named.value
    if not isinstance(call, Call):
        raise scope.fault("An aggregate expression must be a call of an aggregation function.", "SEM0031")
    if call.name in {"arg_max", "arg_min"}:
        return _arguments(named.name, call, scope)
    maker = _MAKERS.get(call.name)
    if maker is None:
        raise NotUnderstood(f"the aggregation '{call.name}()'")
    least, most, made = maker
    if not least <= len(call.arguments) <= most:
        raise scope.fault(f"function '{call.name}' does not take {len(call.arguments)} argument(s).", "SEM0219")
    kind, work, about = made(call, scope)
    return [Aggregate(named.name or _default_name(call.name, about), kind, work)]


def _default_name(function: str, about: str) -> str:
    if function == "take_any" and about:
        return about
    return f"{'set' if function == 'make_set' else function}_{about}"


type _Made = tuple[str, Callable[[Rows], Any], str]


def _count(_: Call, __: Scope) -> _Made:
    return "long", len, ""


def _count_if(call: Call, scope: Scope) -> _Made:
    test = expressions.condition(call.arguments[0], scope)
    return "long", lambda rows: sum(1 for row in rows if test(row)), ""


def _distinct(call: Call, scope: Scope) -> _Made:
    value = expressions.bound(call.arguments[0], scope)
    return "long", lambda rows: len({_key(value.of(row)) for row in rows} - {None}), value.name


def _sum(call: Call, scope: Scope) -> _Made:
    value = expressions.bound(call.arguments[0], scope)
    if value.type not in values.NUMBERS:
        raise scope.fault(f"sum(): argument must be a number, not {value.type}.", "SEM0025")
    return value.type, lambda rows: sum(_known(value, rows)), value.name


def _extreme(pick: Callable[[list[Any]], Any], call: Call, scope: Scope) -> _Made:
    value = expressions.bound(call.arguments[0], scope)
    test = expressions.condition(call.arguments[1], scope) if len(call.arguments) > 1 else lambda _: True

    def found(rows: Rows) -> Any:
        known = _known(value, [row for row in rows if test(row)])
        return pick(known) if known else ("" if value.type == "string" else None)

    return value.type, found, value.name


def _any(call: Call, scope: Scope) -> _Made:
    value = expressions.bound(call.arguments[0], scope)
    return value.type, lambda rows: next((value.of(row) for row in rows), None), value.name


def _set(call: Call, scope: Scope) -> _Made:
    value = expressions.bound(call.arguments[0], scope)

    def found(rows: Rows) -> list[Any]:
        return list({_key(each): each for each in _known(value, rows)}.values())

    return "dynamic", found, value.name


_MAKERS: dict[str, tuple[int, int, Callable[[Call, Scope], _Made]]] = {
    "count": (0, 0, _count),
    "countif": (1, 1, _count_if),
    "dcount": (1, 2, _distinct),
    "sum": (1, 1, _sum),
    "max": (1, 1, partial(_extreme, max)),
    "min": (1, 1, partial(_extreme, min)),
    "maxif": (2, 2, partial(_extreme, max)),
    "minif": (2, 2, partial(_extreme, min)),
    "take_any": (1, 1, _any),
    "make_set": (1, 1, _set),
}


def _arguments(name: str, call: Call, scope: Scope) -> list[Aggregate]:
    """`arg_max(value, columns or *)`: the value's extreme, and the columns of the row that has it."""
    if not call.arguments:
        raise scope.fault(f"function '{call.name}' expects 1 or more argument(s).", "SEM0219")
    value = expressions.bound(call.arguments[0], scope)
    pick = _EXTREMES[call.name.removeprefix("arg_")]
    others = _others(call.arguments[1:], value.name, scope)

    def row_of(rows: Rows) -> Row | None:
        known = [row for row in rows if value.of(row) is not None]
        best = pick([value.of(row) for row in known]) if known else None
        return next((row for row in known if value.of(row) == best), None)

    def taken(column: Bound) -> Callable[[Rows], Any]:
        def found(rows: Rows) -> Any:
            row = row_of(rows)
            return None if row is None else column.of(row)

        return found

    first = Aggregate(name or value.name or f"{call.name}_", value.type, taken(value))
    return [first, *(Aggregate(each.name, each.type, taken(each)) for each in others)]


def _others(arguments: Sequence[Node], but: str, scope: Scope) -> list[Bound]:
    found: list[Bound] = []
    for each in arguments:
        if isinstance(each, Star):
            found += [scope.column(name) for name in scope.columns if name != but]
        else:
            made = expressions.bound(each, scope)
            found.append(made if made.name else Bound(made.type, made.of, "Column1"))
    return found


def _known(value: Bound, rows: Rows) -> list[Any]:
    return [found for row in rows if (found := value.of(row)) is not None]


def _key(value: Any) -> Any:
    return values.as_text(value) if isinstance(value, dict | list) else value
