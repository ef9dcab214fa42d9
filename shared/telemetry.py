"""Structured logs: every record of a pass carries its operation id and account; exported where a connection string is set."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.settings import Settings

LOGGER = "unkeyed"
# Instrumentation of libraries the app does not use, or uses under the Azure SDK that is traced already
_OFF = ("django", "fastapi", "flask", "psycopg2", "requests", "urllib", "urllib3")
_bound: ContextVar[dict[str, str] | None] = ContextVar("unkeyed_log_fields", default=None)


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Adds these fields to every record logged inside."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def start(settings: Settings) -> None:
    """Gives every record its bound fields, and starts the export where a connection string is set. Once per process."""
    make = logging.getLogRecordFactory()

    def with_fields(*args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = make(*args, **kwargs)
        record.__dict__.update(_bound.get() or {})
        return record

    logging.setLogRecordFactory(with_fields)
    # The SDKs log every request at INFO: a sweep would drown what the app itself has to say
    logging.getLogger("azure").setLevel(logging.WARNING)
    if settings.application_insights:
        _export(settings, settings.application_insights)


def _export(settings: Settings, connection_string: str) -> None:
    from azure.identity import ManagedIdentityCredential
    from azure.monitor.opentelemetry import configure_azure_monitor

    configure_azure_monitor(
        connection_string=connection_string,
        credential=ManagedIdentityCredential(client_id=settings.client_id),
        logger_name=LOGGER,
        instrumentation_options={name: {"enabled": False} for name in _OFF},
        enable_live_metrics=False,
        enable_performance_counters=False,
        disable_offline_storage=True,
    )
