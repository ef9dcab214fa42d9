"""Runs a query over tables. Kusto Query Language: tabular operators."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.monitor.kql import expressions
from simulator.monitor.kql.aggregates import Aggregate, aggregates
from simulator.monitor.kql.faults import NotUnderstood, QuerySemantics
from simulator.monitor.kql.nodes import Count, Extend, Key, Named, Order, Project, Query, Step, Summarize, Take, Where
from simulator.monitor.kql.scope import Bound, Row, Scope

# tables of a workspace that nothing here fills
_ELSEWHERE = frozenset({"AzureActivity", "AzureMetrics", "Heartbeat", "Operation", "Usage"})


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: the types by name, in their order."""

    columns: Mapping[str, str]
    rows: Sequence[Row]


def run(query: Query, tables: Mapping[str, Table], now: datetime) -> Table:
    """The answer to a query; raises QuerySemantics or NotUnderstood."""
    table = tables.get(query.table)
    if table is None:
        raise _unknown_table(query)
    for step in query.steps:
        table = _after(step, table, Scope(table.columns, now, step.keyword))
    return table


def _unknown_table(query: Query) -> Exception:
    if query.table in _ELSEWHERE:
        return NotUnderstood(f"the table '{query.table}'")
    place = f"'{query.steps[0].keyword}' operator: " if query.steps else ""
    return QuerySemantics(f"{place}Failed to resolve table or column expression named '{query.table}'")


def _after(step: Step, table: Table, scope: Scope) -> Table:
    match step:
        case Where(condition):
            test = expressions.condition(condition, scope)
            return Table(table.columns, [row for row in table.rows if test(row)])
        case Extend(columns):
            return _extended(columns, table, scope)
        case Project(columns):
            return _projected(columns, table, scope)
        case Summarize():
            return _summarized(step, table, scope)
        case Order(keys):
            return _ordered(keys, table, scope)
        case Take(count):
            return Table(table.columns, table.rows[:count])
        case Count():
            return Table({"Count": "long"}, [{"Count": len(table.rows)}])


def _extended(columns: Sequence[Named], table: Table, scope: Scope) -> Table:
    """A column that is there already is replaced; none sees what the same `extend` makes."""
    made = _bound(columns, scope)
    types = {**table.columns, **{name: each.type for name, each in made.items()}}
    rows = [{**row, **{name: each.of(row) for name, each in made.items()}} for row in table.rows]
    return Table(types, rows)


def _projected(columns: Sequence[Named], table: Table, scope: Scope) -> Table:
    made = _bound(columns, scope)
    rows = [{name: each.of(row) for name, each in made.items()} for row in table.rows]
    return Table({name: each.type for name, each in made.items()}, rows)


def _bound(columns: Sequence[Named], scope: Scope) -> dict[str, Bound]:
    found: dict[str, Bound] = {}
    for column in columns:
        made = expressions.bound(column.value, scope)
        found[_free(column.name or made.name or "Column1", found)] = made
    return found


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, with the next free number where it is taken."""
    stem, first = ("Column", 2) if name == "Column1" else (name, 1)
    numbered = (f"{stem}{number}" for number in itertools.count(first))
    return next(each for each in itertools.chain((name,), numbered) if each not in taken)


def _summarized(step: Summarize, table: Table, scope: Scope) -> Table:
    by = _bound(step.by, scope)
    for name, key in by.items():
        if key.type == "dynamic":
            raise scope.fault(
                f"Summarize group key '{name}' is of a 'dynamic' type. Please use an explicit cast as grouping by a "
                "'dynamic' type is not supported.",
                "SEM0080",
            )
    made: dict[str, Aggregate] = {}
    for column in step.aggregates:
        for aggregate in aggregates(column, scope):
            made[_free(aggregate.name, {**by, **made})] = aggregate
    types = {name: key.type for name, key in by.items()} | {name: each.type for name, each in made.items()}
    rows = [
        {**dict(zip(by, values, strict=True)), **{name: each.of(rows) for name, each in made.items()}}
        for values, rows in _groups(by, table.rows).items()
    ]
    return Table(types, rows)


def _groups(by: Mapping[str, Bound], rows: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows by their keys; without keys one group, be it empty."""
    found: dict[tuple[Any, ...], list[Row]] = {} if by else {(): []}
    for row in rows:
        found.setdefault(tuple(each.of(row) for each in by.values()), []).append(row)
    return found


def _ordered(keys: Sequence[Key], table: Table, scope: Scope) -> Table:
    rows = list(table.rows)
    for key in reversed(keys):
        rows.sort(key=_sort_key(key, expressions.bound(key.value, scope)), reverse=not key.ascending)
    return Table(table.columns, rows)


def _sort_key(key: Key, value: Bound) -> Callable[[Row], Any]:
    nulls_low = key.nulls_first is key.ascending

    def of(row: Row) -> tuple[bool, Any]:
        found = value.of(row)
        return (found is not None) is nulls_low, found if found is not None else 0

    return of
