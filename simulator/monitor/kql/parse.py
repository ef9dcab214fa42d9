"""Queries by their grammar: a table, then operators joined by pipes.

Kusto Query Language: query statements, tabular operators, scalar operators. Keywords and names are case-sensitive.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from simulator.monitor.kql.faults import NotUnderstood, QuerySyntax
from simulator.monitor.kql.nodes import (
    All,
    Among,
    Between,
    Call,
    Column,
    Compare,
    Count,
    Either,
    Extend,
    Key,
    Literal,
    Named,
    Node,
    Order,
    Part,
    Project,
    Query,
    Star,
    Step,
    Sum,
    Summarize,
    Take,
    Where,
)

_GRAMMAR = r"""
    start: NAME ("|" step)* ";"?
    ?step: ("where" | "filter") expression -> where
         | "extend" columns -> extend
         | "project" columns -> project
         | "summarize" columns? by? -> summarize
         | ("order" | "sort") "by" key ("," key)* -> order
         | ("take" | "limit") WHOLE -> take
         | "count" -> count
    by: "by" columns
    columns: named ("," named)*
    named: (NAME "=")? expression
    key: expression direction? nulls?
    !direction: "asc" | "desc"
    !nulls: "nulls" ("first" | "last")

    ?expression: conjunction ("or" conjunction)* -> either
    ?conjunction: comparison ("and" comparison)* -> all
    ?comparison: sum
               | sum SYMBOL sum -> compare
               | sum WORD sum -> compare
               | sum IN "(" expression ("," expression)* ")" -> among
               | sum BETWEEN "(" sum ".." sum ")" -> between
    ?sum: member | sum ADD member -> sum
    ?member: atom
           | member "." NAME -> part
           | member "[" (STRING | WHOLE) "]" -> part
    ?atom: "(" expression ")"
         | NAME "(" (argument ("," argument)*)? ")" -> call
         | NAME -> column
         | STRING -> text
         | NUMBER -> number
         | DATETIME -> moment
         | TIMESPAN -> duration
         | BOOLEAN -> boolean
    ?argument: expression | "*" -> star

    SYMBOL: /==|!=|=~|!~|<=|>=|<|>/
    WORD.2: /!?(startswith|endswith|contains|has)(_cs)?\b/
    IN.2: /!?in\b~?/
    BETWEEN.2: /!?between\b/
    ADD: /[+-]/
    DATETIME.2: /datetime\s*\([^()]*\)/
    TIMESPAN.2: /\d+(\.\d+)?(days?|hours?|minutes?|seconds?|ms|d|h|m|s)\b/
    WHOLE: /\d+\b/
    NUMBER: /\d+(\.\d+)?\b/
    BOOLEAN.2: /(true|false)\b/
    STRING: /@"[^"]*"|@'[^']*'|"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'/
    NAME: /[A-Za-z_]\w*/
    %ignore /\s+/
    %ignore /\/\/[^\n]*/
"""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?)?")
# words of the language that this grammar has no rule for
_ELSEWHERE = frozenset(
    {
        "let", "set", "declare", "print", "range", "search", "union", "join", "datatable", "externaldata", "dynamic",
        "matches", "has_any", "has_all", "hasprefix", "hassuffix", "typeof", "find", "evaluate", "kind", "with", "timespan",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _By:
    columns: tuple[Named, ...]


def _text(token: str) -> str:
    if token.startswith("@"):
        return token[2:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1])


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Makes nodes of what the grammar found."""

    def start(self, table: Token, *steps: Step) -> Query:
        return Query(str(table), steps)

    def where(self, condition: Node) -> Step:
        return Where(condition)

    def extend(self, columns: tuple[Named, ...]) -> Step:
        return Extend(columns)

    def project(self, columns: tuple[Named, ...]) -> Step:
        return Project(columns)

    def summarize(self, *parts: Any) -> Step:
        by = next((each.columns for each in parts if isinstance(each, _By)), ())
        aggregates = next((each for each in parts if isinstance(each, tuple)), ())
        return Summarize(aggregates, by)

    def by(self, columns: tuple[Named, ...]) -> _By:
        return _By(columns)

    def order(self, *keys: Key) -> Step:
        return Order(keys)

    def take(self, count: Token) -> Step:
        return Take(int(count))

    def count(self) -> Step:
        return Count()

    def columns(self, *columns: Named) -> tuple[Named, ...]:
        return columns

    def named(self, *parts: Any) -> Named:
        return Named(str(parts[0]) if len(parts) > 1 else "", parts[-1])

    def key(self, value: Node, *words: str) -> Key:
        ascending = "asc" in words
        return Key(value, ascending, "first" in words or (ascending and "last" not in words))

    def direction(self, word: Token) -> str:
        return str(word)

    def nulls(self, _: Token, place: Token) -> str:
        return str(place)

    def either(self, *parts: Node) -> Node:
        return parts[0] if len(parts) == 1 else Either(parts)

    def all(self, *parts: Node) -> Node:
        return parts[0] if len(parts) == 1 else All(parts)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return Compare(str(operator), left, right)

    def among(self, value: Node, operator: Token, *items: Node) -> Node:
        return Among(str(operator), value, items)

    def between(self, value: Node, operator: Token, low: Node, high: Node) -> Node:
        return Between(str(operator), value, low, high)

    def sum(self, left: Node, operator: Token, right: Node) -> Node:
        return Sum(str(operator), left, right)

    def part(self, of: Node, key: Token) -> Node:
        match key.type:
            case "STRING":
                return Part(of, _text(key))
            case "WHOLE":
                return Part(of, int(key))
            case _:
                return Part(of, str(key))

    def call(self, name: Token, *arguments: Node) -> Node:
        return Call(str(name), arguments)

    def column(self, name: Token) -> Node:
        return Column(str(name))

    def star(self) -> Node:
        return Star()

    def text(self, token: Token) -> Node:
        return Literal(_text(token), "string")

    def number(self, token: Token) -> Node:
        return Literal(float(token), "real") if "." in token else Literal(int(token), "long")

    def moment(self, token: Token) -> Node:
        text = token.partition("(")[2][:-1].strip().strip("\"'")
        if text == "null":
            return Literal(None, "datetime")
        if not _MOMENT.fullmatch(text):
            raise QuerySyntax(str(token), token.line or 1, token.column or 1)
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise QuerySyntax(str(token), token.line or 1, token.column or 1) from error
        return Literal(found if found.tzinfo else found.replace(tzinfo=UTC), "datetime")

    def duration(self, token: Token) -> Node:
        amount, unit = re.fullmatch(r"([\d.]+)([a-z]+)", token).groups()  # type: ignore[union-attr]  # the token's own form
        return Literal(timedelta(**{_UNITS[unit if unit == "ms" else unit[0]]: float(amount)}), "timespan")

    def boolean(self, token: Token) -> Node:
        return Literal(token == "true", "bool")


_PARSER = Lark(_GRAMMAR, parser="lalr")
_BUILDER = _Builder()


@lru_cache(maxsize=256)
def parsed(text: str) -> Query:
    """The query in a text; raises QuerySyntax, or NotUnderstood for what the language has and this grammar has not."""
    try:
        found: Query = _BUILDER.transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise _out_of_place(text, error) from error
    except VisitError as error:
        raise error.orig_exc from error
    return found


def _out_of_place(text: str, error: UnexpectedInput) -> Exception:
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    found: int | None = error.pos_in_stream
    place = len(text) if ended else found or 0
    before = text[:place]
    if word := _unknown_word(text, place):
        return NotUnderstood(f"'{word}'")
    line = before.count("\n") + 1
    token = re.match(r"[\w!]+|.?", text[place:], re.DOTALL)
    return QuerySyntax(token[0] if token and not ended else "", line, place - (before.rfind("\n") + 1) + 1)


def _unknown_word(text: str, place: int) -> str:
    """The word of the language that made the grammar stumble; empty where there is none."""
    first = re.match(r"\s*(\w+)", text)
    if first and first[1] in _ELSEWHERE:
        return first[1]
    operator = re.match(r"\s*([a-z]+(-[a-z]+)+)", text[text.rfind("|", 0, place) + 1 :])
    if operator:
        return operator[1]
    here = re.match(r"!?\w+", text[place:])
    called = re.search(r"(\w+)\s*\(\s*$", text[:place])
    if called and called[1] in _ELSEWHERE:
        return called[1]
    if here is None:
        return ""
    starts_step = text[:place].rstrip().endswith("|")
    return here[0] if starts_step or here[0].lstrip("!") in _ELSEWHERE else ""
