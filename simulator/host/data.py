"""The worker library's currency of values, `Datum`: a value and the name of its kind, here with types."""

from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

__all__ = ["Datum", "datum"]


def datum(value: Any, kind: str) -> Datum:
    """A value of a kind the worker knows: "string", "bytes", "int", "json" (as text), "http"."""
    return Datum(value, kind)  # type: ignore[no-untyped-call]
