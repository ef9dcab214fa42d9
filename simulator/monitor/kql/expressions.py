"""Binds expressions to a table's columns, and refuses what makes no sense for their types."""

from collections.abc import Callable, Sequence
from typing import Any

from simulator.monitor.kql import functions, values
from simulator.monitor.kql.nodes import All, Among, Between, Call, Column, Compare, Either, Literal, Node, Part, Sum
from simulator.monitor.kql.scope import Bound, Row, Scope

_TEXTS = frozenset({"string", "dynamic"})


def bound(node: Node, scope: Scope) -> Bound:
    """The expression over the scope's columns; raises QuerySemantics or NotUnderstood."""
    match node:
        case Literal(value, kind):
            return Bound(kind, lambda _: value)
        case Column(name):
            return scope.column(name)
        case Part(of, key):
            return _part(bound(of, scope), key, scope)
        case Call(name, arguments):
            return functions.call(name, [bound(each, scope) for each in arguments], scope)
        case All() | Either():
            return _logical(node, scope)
        case Sum(operator, left, right):
            return _sum(operator, bound(left, scope), bound(right, scope), scope)
        case _:
            return _tested(node, scope)


def condition(node: Node, scope: Scope) -> Callable[[Row], Any]:
    """The test of a condition; raises where it is no boolean."""
    found = bound(node, scope)
    if found.type != "bool":
        raise scope.fault("Filter condition must be a boolean expression.", "SEM0019")
    return found.of


def _tested(node: Node, scope: Scope) -> Bound:
    match node:
        case Compare(operator, left, right):
            return _compare(operator, bound(left, scope), bound(right, scope), scope)
        case Among(operator, value, items):
            return _among(operator, bound(value, scope), [bound(each, scope) for each in items], scope)
        case Between(operator, value, low, high):
            limits = Compare(">=", value, low), Compare("<=", value, high)
            inside = bound(All(limits), scope)
            return Bound("bool", _negated(inside.of)) if operator.startswith("!") else inside
        case _:
            raise scope.fault("'*' cannot be used here.", "SEM0100")


def _negated(test: Callable[[Row], Any]) -> Callable[[Row], Any]:
    return lambda row: values.negated(test(row))


def _part(of: Bound, key: str | int, scope: Scope) -> Bound:
    if of.type != "dynamic":
        raise scope.fault(f"Path expression source must be of type dynamic, not {of.type}.", "SEM0012")

    def found(row: Row) -> Any:
        whole = of.of(row)
        if isinstance(whole, dict) and isinstance(key, str):
            return whole.get(key)
        return whole[key] if isinstance(whole, list) and isinstance(key, int) and key < len(whole) else None

    return Bound("dynamic", found, f"{of.name}_{key}" if of.name else str(key))


def _logical(node: All | Either, scope: Scope) -> Bound:
    tests = [condition(each, scope) for each in node.parts]
    decisive = isinstance(node, Either)

    def decided(row: Row) -> bool | None:
        found = [test(row) for test in tests]
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    return Bound("bool", decided)


def _compare(operator: str, left: Bound, right: Bound, scope: Scope) -> Bound:
    if test := values.SYMBOLS.get(operator):
        _check_comparable(left, right, scope)
        return Bound("bool", lambda row: test(left.of(row), right.of(row)))
    text_test = values.text_test(operator)
    if text_test is None or not {left.type, right.type} <= _TEXTS:
        raise scope.fault(f"Operator '{operator}' takes strings, not {left.type} and {right.type}.", "SEM0024")
    return Bound("bool", lambda row: text_test(values.as_text(left.of(row)), values.as_text(right.of(row))))


def _check_comparable(left: Bound, right: Bound, scope: Scope) -> None:
    kinds = {left.type, right.type}
    if len(kinds) > 1 and "dynamic" not in kinds and not kinds <= values.NUMBERS:
        raise scope.fault(
            f"Cannot compare values of types {left.type} and {right.type}. Try adding explicit casts.", "SEM0064"
        )


def _among(operator: str, value: Bound, items: Sequence[Bound], scope: Scope) -> Bound:
    test = "=~" if operator.endswith("~") else "=="
    matches = [_compare(test, value, each, scope) for each in items]
    negative = operator.startswith("!")

    def found(row: Row) -> bool:
        return any(each.of(row) for each in matches) is not negative

    return Bound("bool", found)


def _sum(operator: str, left: Bound, right: Bound, scope: Scope) -> Bound:
    kind = _sum_type(operator, left.type, right.type)
    if kind is None:
        raise scope.fault(
            f"Arithmetic '{operator}' cannot be performed on types {left.type} and {right.type}.", "SEM0016"
        )

    def added(row: Row) -> Any:
        one, other = left.of(row), right.of(row)
        if one is None or other is None:
            return None
        return one + other if operator == "+" else one - other

    return Bound(kind, added)


def _sum_type(operator: str, left: str, right: str) -> str | None:
    if {left, right} <= values.NUMBERS:
        return "real" if "real" in {left, right} else "long"
    times = {
        ("datetime", "+", "timespan"): "datetime",
        ("datetime", "-", "timespan"): "datetime",
        ("timespan", "+", "datetime"): "datetime",
        ("datetime", "-", "datetime"): "timespan",
        ("timespan", "+", "timespan"): "timespan",
        ("timespan", "-", "timespan"): "timespan",
    }
    return times.get((left, operator, right))
