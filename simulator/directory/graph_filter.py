"""`$filter` over directory objects: the part of OData that Entra ID's clients use.

Microsoft Graph: "Use the $filter query parameter", "Advanced query capabilities on Microsoft Entra ID objects".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from simulator.directory.graph_errors import bad_query, needs_advanced, not_implemented, unsupported
from simulator.directory.graph_objects import Kind
from simulator.wire import Json

type Test = Callable[[Json], bool]
type Literal = str | bool | None

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_$][\w/.$]*|-?\d[\w.:-]*|[(),:])")
_WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}


def parsed(text: str, kind: Kind, names: dict[str, str], *, advanced: bool) -> Test:
    """A test of an object; `names` maps lower-case property names to real ones.

    Raises 400 for what OData cannot parse, for an unknown property, and for an operator that needs an advanced query
    (`ConsistencyLevel: eventual` with `$count=true`) where this is none; 501 for what the simulator does not know.
    """
    parser = _Parser(text, _tokens(text), kind, names, advanced)
    test = parser.either()
    parser.end()
    return test


def _tokens(text: str) -> list[tuple[int, str]]:
    out, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise bad_query(
                f"Invalid filter clause: Syntax error: character at position {at} in '{text}' is not valid."
            )
        out.append((match.start(1), match[1]))
        at = match.end()
    return out


@dataclass(slots=True)
class _Parser:
    text: str
    left: list[tuple[int, str]]
    kind: Kind
    names: dict[str, str]
    advanced: bool

    def either(self) -> Test:
        tests = [self.both()]
        while self.skip("or"):
            tests.append(self.both())
        return lambda each: any(test(each) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.skip("and"):
            tests.append(self.one())
        return lambda each: all(test(each) for test in tests)

    def one(self) -> Test:
        if self.skip("not"):
            self.need_advanced()
            test = self.one()
            return lambda each: not test(each)
        if self.skip("("):
            test = self.either()
            self.expect(")")
            return test
        word = self.word()
        if self.peek() == "(":
            return self.called(word)
        return self.compared(self.property(word))

    def called(self, word: str) -> Test:
        if word.lower().endswith("/any"):
            return self.any_of(self.property(word[:-4]))
        if word.lower() == "endswith" and not self.advanced:
            raise needs_advanced("endsWith")
        if word.lower() != "startswith":
            raise not_implemented(f"the function '{word}' in $filter")
        self.expect("(")
        name = self.property(self.word())
        self.expect(",")
        start = str(self.literal()).lower()
        self.expect(")")
        return lambda each: str(each[name] or "").lower().startswith(start)

    def any_of(self, name: str) -> Test:
        self.expect("(")
        variable = self.word()
        self.expect(":")
        if self.word() != variable:
            raise self.broken()
        self.expect("eq")
        value = _folded(self.literal())
        self.expect(")")
        return lambda each: value in [_folded(item) for item in each[name]]

    def compared(self, name: str) -> Test:
        operator = self.word().lower()
        if operator == "in":
            values = self.literals()
            return lambda each: _folded(each[name]) in values
        if operator not in {"eq", "ne"}:
            raise not_implemented(f"the operator '{operator}' in $filter")
        value = _folded(self.literal())
        if operator == "eq":
            return lambda each: _folded(each[name]) == value
        self.need_advanced()
        return lambda each: _folded(each[name]) != value

    def literals(self) -> list[Literal]:
        self.expect("(")
        out = [_folded(self.literal())]
        while self.skip(","):
            out.append(_folded(self.literal()))
        self.expect(")")
        return out

    def literal(self) -> Literal:
        token = self.take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in _WORDS:
            return _WORDS[token.lower()]
        if token[0].isdigit():
            return token
        raise bad_query(f"Invalid filter clause: Could not find a property named '{token}' on type '{self.typed()}'.")

    def property(self, word: str) -> str:
        name = self.names.get(word.lower())
        if name is None:
            raise bad_query(
                f"Invalid filter clause: Could not find a property named '{word}' on type '{self.typed()}'."
            )
        if name not in self.kind.filters:
            raise not_implemented(f"$filter on the property '{name}' of {self.kind.name}")
        return name

    def typed(self) -> str:
        return self.kind.odata_type.removeprefix("#")

    def need_advanced(self) -> None:
        if not self.advanced:
            raise unsupported()

    def word(self) -> str:
        token = self.take()
        if not (token[0].isalpha() or token[0] in "_$"):
            raise self.broken()
        return token

    def take(self) -> str:
        if not self.left:
            raise self.broken()
        return self.left.pop(0)[1]

    def peek(self) -> str | None:
        return self.left[0][1] if self.left else None

    def skip(self, token: str) -> bool:
        if (self.peek() or "").lower() != token:
            return False
        self.left.pop(0)
        return True

    def expect(self, token: str) -> None:
        if not self.skip(token):
            raise self.broken()

    def end(self) -> None:
        if self.left:
            raise self.broken()

    def broken(self) -> Exception:
        at = self.left[0][0] if self.left else len(self.text)
        return bad_query(f"Invalid filter clause: Syntax error at position {at} in '{self.text}'.")


def _folded(value: Literal) -> Literal:
    """The directory compares strings without regard to case."""
    return value.lower() if isinstance(value, str) else value
