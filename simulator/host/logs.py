"""The host's log: one JSON object per line, with what a record carries in `extra`, filtered as host.json says.

Levels and categories follow Microsoft's "Configure monitoring for Azure Functions": what a function logs has the
category `Function.<name>.User`, what the host says of a run `Function.<name>`, everything else `Host.…`.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO, cast

LEVELS = {
    "trace": 5, "debug": logging.DEBUG, "information": logging.INFO, "warning": logging.WARNING,
    "error": logging.ERROR, "critical": logging.CRITICAL, "none": logging.CRITICAL + 10,
}  # fmt: skip
WORKER_LOGGERS = ("azure.functions", "azure_functions_runtime")
_STANDARD = {*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "message", "asctime", "taskName"}
_current: ContextVar[tuple[str, str] | None] = ContextVar("invocation", default=None)


@contextmanager
def invocation(function: str, invocation_id: str) -> Iterator[None]:
    """Everything logged inside belongs to this run of this function."""
    token = _current.set((function, invocation_id))
    try:
        yield
    finally:
        _current.reset(token)


class JsonLines(logging.Handler):
    """`running` names the function of each running invocation: threads know only the invocation's id."""

    def __init__(self, stream: TextIO, levels: Mapping[str, str], running: Mapping[str, str]) -> None:
        super().__init__()
        self.stream = stream
        self.running = running
        self.levels = {name.lower(): LEVELS.get(level.lower(), logging.INFO) for name, level in levels.items()}
        self._thresholds: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        try:
            function, invocation_id = self._invocation()
            if record.levelno >= self._threshold(_category(record.name, function)):
                self.stream.write(json.dumps(self._line(record, function, invocation_id), default=str) + "\n")
                self.stream.flush()
        except Exception:  # noqa: BLE001  # the contract of logging handlers: a log line never breaks its caller
            self.handleError(record)

    def _invocation(self) -> tuple[str | None, str | None]:
        if here := _current.get():
            return here
        from azure_functions_runtime import invocation_id_cv

        invocation_id = cast("str | None", invocation_id_cv.get())
        return (self.running.get(invocation_id), invocation_id) if invocation_id else (None, None)

    def _line(self, record: logging.LogRecord, function: str | None, invocation_id: str | None) -> dict[str, object]:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if function:
            line["function"] = function
        if invocation_id:
            line["invocation"] = invocation_id
        if record.exc_info and record.exc_info[0]:
            line["exception"] = logging.Formatter().formatException(record.exc_info)
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line[f"extra.{name}" if name in line else name] = value
        return line

    def _threshold(self, category: str) -> int:
        if category not in self._thresholds:
            self._thresholds[category] = next(
                (self.levels[each] for each in _prefixes(category) if each in self.levels),
                self.levels.get("default", logging.INFO),
            )
        return self._thresholds[category]


def _category(logger: str, function: str | None) -> str:
    if logger.startswith(("Host.", "Function.")):
        return logger
    if function:
        return f"Function.{function}" if logger in WORKER_LOGGERS else f"Function.{function}.User"
    return "Host.Worker"


def _prefixes(category: str) -> Iterator[str]:
    parts = category.lower().split(".")
    for count in range(len(parts), 0, -1):
        yield ".".join(parts[:count])


def install(handler: logging.Handler, *, debug: bool) -> None:
    """Makes `handler` the root logger's only one, at the level Microsoft's worker sets."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
