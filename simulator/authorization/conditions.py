"""Conditions of role assignments: parsed by their grammar, evaluated against one action and its attributes.

Azure: Azure role assignment condition format and syntax. Keywords and operators ignore case. Three or more expressions
joined by different words need parentheses, so `a AND b OR c` does not parse.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from simulator.authorization.definitions import matches
from simulator.authorization.operators import Operator, Value, operator

type Attributes = Callable[[str, str], tuple[str, ...]]
"""Looks up (source, name), both in lower case: the attribute's values, () where it is absent."""

_GRAMMAR = r"""
    ?start: expression
    ?expression: term | all | any
    all: term (_AND term)+
    any: term (_OR term)+
    ?term: _NOT term -> negated
         | "(" expression ")"
         | check
    ?check: _ACTION "{" STRING "}" -> action
          | _SUB_OPERATION "{" STRING "}" -> sub_operation
          | EXISTS ATTRIBUTE -> exists
          | operand OPERATOR operand -> compared
    operand: ATTRIBUTE -> attribute
           | value -> single
           | "{" value ("," value)* "}" -> several
    ?value: STRING -> text
          | GUID -> guid
          | NUMBER -> number
          | BOOLEAN -> boolean

    _AND: /AND\b|&&/i
    _OR: /OR\b|\|\|/i
    _NOT: /NOT\b|!/i
    _ACTION: /ActionMatches/i
    _SUB_OPERATION: /SubOperationMatches/i
    EXISTS: /(Not)?Exists\b/i
    OPERATOR: /(For(Any|All)Of(Any|All)Values:)?(String|Guid|Numeric|Bool|DateTime)[A-Za-z]+/i
    ATTRIBUTE: /@(Request|Resource|Principal|Environment)\s*\[[^\]\s]+\]/i
    STRING: /'(?:[^'\\]|\\.)*'/
    GUID.2: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
    NUMBER: /-?\d+/
    BOOLEAN: /(true|false)\b/i
    %ignore /\s+/
"""
# Where attributes may come from; Azure refuses a condition on any other, which none of its services could fill in
_KNOWN_ATTRIBUTES = re.compile(
    r"""microsoft\.authorization/roleassignments:(roledefinitionid|principalid|principaltype)
      | microsoft\.(storage|network|operationalinsights|keyvault)/.+
      | microsoft\.directory/customsecurityattributes/id:.+
      | suboperation | isprivatelink | utcnow""",
    re.VERBOSE,
)


class ConditionInvalid(ValueError):
    """The text is not a condition that Azure would take."""


@dataclass(frozen=True, slots=True)
class Attribute:
    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Literals:
    values: tuple[Value, ...]


type Operand = Attribute | Literals


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class ActionMatches:
    pattern: str


@dataclass(frozen=True, slots=True)
class SubOperationMatches:
    name: str


@dataclass(frozen=True, slots=True)
class Exists:
    attribute: Attribute
    wanted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    first: Operand
    operator: Operator
    second: Operand


type Node = All | Any | Not | ActionMatches | SubOperationMatches | Exists | Comparison


def _refuse(reason: str) -> NoReturn:
    raise ConditionInvalid(reason)


def _attribute(token: Token) -> Attribute:
    source, _, name = token[1:-1].lower().partition("[")
    if not _KNOWN_ATTRIBUTES.fullmatch(name):
        _refuse(f"no service has an attribute '{name}'")
    return Attribute(source.strip(), name)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes nodes of what the grammar found."""

    def all(self, *parts: Node) -> Node:
        return All(parts)

    def any(self, *parts: Node) -> Node:
        return Any(parts)

    def negated(self, part: Node) -> Node:
        return Not(part)

    def action(self, pattern: Token) -> Node:
        return ActionMatches(self.text(pattern))

    def sub_operation(self, name: Token) -> Node:
        return SubOperationMatches(self.text(name))

    def exists(self, word: Token, attribute: Token) -> Node:
        return Exists(_attribute(attribute), wanted=not word.lower().startswith("not"))

    def compared(self, first: Operand, operator: Token, second: Operand) -> Node:
        return _comparison(first, operator, second)

    def attribute(self, token: Token) -> Operand:
        return _attribute(token)

    def single(self, value: Value) -> Operand:
        return Literals((value,))

    def several(self, *values: Value) -> Operand:
        return Literals(values)

    def text(self, token: Token) -> str:
        return str(token[1:-1])

    def guid(self, token: Token) -> Value:
        return str(token)

    def number(self, token: Token) -> Value:
        return int(token)

    def boolean(self, token: Token) -> Value:
        return token.lower() == "true"


def _comparison(first: Operand, name: str, second: Operand) -> Comparison:
    found = operator(name)
    if found is None:
        _refuse(f"there is no operator '{name}'")
    sides = [each.values for each in (first, second) if isinstance(each, Literals)]
    if not all(found.takes(value) for values in sides for value in values):
        _refuse(f"'{name}' does not take these values")
    if not found.crosses and any(len(values) > 1 for values in sides):
        _refuse(f"'{name}' compares one value")
    return Comparison(first, found, second)


_PARSER = Lark(_GRAMMAR, parser="lalr")
_BUILDER = _Builder()


@lru_cache(maxsize=1024)
def parsed(text: str) -> Node:
    """The condition in a text; raises ConditionInvalid."""
    try:
        return _BUILDER.transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise ConditionInvalid(str(error)) from error
    except VisitError as error:
        raise ConditionInvalid(str(error.orig_exc)) from error


def holds(node: Node, action: str, attributes: Attributes) -> bool:
    """True where the condition lets this action through; an absent attribute satisfies no comparison."""
    match node:
        case All(parts):
            return all(holds(each, action, attributes) for each in parts)
        case Any(parts):
            return any(holds(each, action, attributes) for each in parts)
        case Not(part):
            return not holds(part, action, attributes)
        case ActionMatches(pattern):
            return matches(action, pattern)
        case SubOperationMatches(name):
            return name.lower() in (each.lower() for each in attributes("request", "suboperation"))
        case Exists(attribute, wanted):
            return bool(attributes(attribute.source, attribute.name)) is wanted
        case Comparison():
            return _compared(node, attributes)


def _compared(node: Comparison, attributes: Attributes) -> bool:
    first, second = _values(node.first, attributes), _values(node.second, attributes)
    if not first or not second:
        return False
    quantifier = {"any": any, "all": all}
    outer, inner = quantifier[node.operator.left], quantifier[node.operator.right]
    return outer(inner(node.operator.test(one, other) for other in second) for one in first)


def _values(operand: Operand, attributes: Attributes) -> tuple[Value, ...]:
    return operand.values if isinstance(operand, Literals) else attributes(operand.source, operand.name)
