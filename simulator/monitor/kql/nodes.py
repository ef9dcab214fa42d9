"""What a query consists of: expressions, and the steps that its pipes join."""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    type: str


@dataclass(frozen=True, slots=True)
class Column:
    name: str


@dataclass(frozen=True, slots=True)
class Star:
    """All other columns, as `arg_max` takes them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a dynamic value, by its name or its position."""

    of: "Node"
    key: str | int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is a symbol (`==`, `=~`, `<` …) or a word (`has`, `!startswith` …)."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Among:
    """`operator` is `in`, `!in`, `in~` or `!in~`."""

    operator: str
    value: "Node"
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Between:
    operator: str
    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """`operator` is `+` or `-`."""

    operator: str
    left: "Node"
    right: "Node"


type Node = Literal | Column | Star | Part | Call | Compare | Among | Between | All | Either | Sum


@dataclass(frozen=True, slots=True)
class Named:
    """`name` is empty where the query leaves it to the language."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Where:
    keyword: ClassVar[str] = "where"
    condition: Node


@dataclass(frozen=True, slots=True)
class Extend:
    keyword: ClassVar[str] = "extend"
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Project:
    keyword: ClassVar[str] = "project"
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Summarize:
    keyword: ClassVar[str] = "summarize"
    aggregates: tuple[Named, ...]
    by: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Key:
    value: Node
    ascending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Order:
    keyword: ClassVar[str] = "order"
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Take:
    keyword: ClassVar[str] = "take"
    count: int


@dataclass(frozen=True, slots=True)
class Count:
    keyword: ClassVar[str] = "count"


type Step = Where | Extend | Project | Summarize | Order | Take | Count


@dataclass(frozen=True, slots=True)
class Query:
    table: str
    steps: tuple[Step, ...]
