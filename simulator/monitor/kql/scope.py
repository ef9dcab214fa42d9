"""Expressions bound to the columns of a table: their types are known before any row is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.monitor.kql.faults import QuerySemantics

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """An expression of a known type; `name` is what its column is called where the query does not say."""

    type: str
    of: Callable[[Row], Any]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see: the columns with their types, the time, the operator it stands in."""

    columns: Mapping[str, str]
    now: datetime
    operator: str

    def column(self, name: str) -> Bound:
        """The column of this name; raises the language's own error where there is none."""
        if name not in self.columns:
            raise self.fault(f"Failed to resolve column or scalar expression named '{name}'")
        return Bound(self.columns[name], lambda row: row[name], name)

    def fault(self, message: str, code: str = "SEM0100") -> QuerySemantics:
        return QuerySemantics(f"'{self.operator}' operator: {message}", code)
