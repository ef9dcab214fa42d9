"""What configures a function app: host.json, and app settings, which are environment variables.

Names, defaults and limits: Microsoft's "host.json reference for Azure Functions 2.x and later" and the QueuesOptions
class of the Storage queues extension. A setting AzureFunctionsJobHost__path__to__value goes before what host.json says
there; names are compared without regard to case, and numbers may be written as text, as .NET's configuration does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

type Json = dict[str, Any]  # simulator.wire has the same, and costs the cold start 5 ms

MAX_BATCH = 32
SHORTEST_POLL = 0.1
_OVERRIDE = "azurefunctionsjobhost"
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?")
_SETTING = re.compile(r"%([^%\s]+)%")


class ConfigurationError(Exception):
    """The app cannot start; the text says what to change."""


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """`extensions.queues`; times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0
    max_polling_interval: float = 60.0
    base64: bool = True


@dataclass(frozen=True, slots=True)
class HostConfiguration:
    """host.json as far as this host obeys it; `function_timeout` in seconds, None for no limit."""

    route_prefix: str = "api"
    function_timeout: float | None = 1800.0
    queues: QueueOptions = QueueOptions()
    log_levels: Mapping[str, str] = field(default_factory=dict)


def read_host_json(app_directory: Path, settings: Mapping[str, str]) -> HostConfiguration:
    """The app's host.json under what the settings override; raises ConfigurationError where it is missing or impossible."""
    path = app_directory / "host.json"
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path} does not exist; every function app has one") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise ConfigurationError(f"{path}: the property 'version' must be \"2.0\"")
    document = _overridden(_lowered(document), settings)
    extensions = _object(document, "extensions")
    return HostConfiguration(
        route_prefix=str(_value(_object(extensions, "http"), "routePrefix", "api")).strip("/"),
        function_timeout=_function_timeout(document),
        queues=_queue_options(_object(extensions, "queues")),
        log_levels=_object(_object(document, "logging"), "logLevel"),
    )


def _lowered(value: Any) -> Any:
    """The same with the names of all objects in lower case."""
    return {name.lower(): _lowered(each) for name, each in value.items()} if isinstance(value, dict) else value


def _overridden(document: Json, settings: Mapping[str, str]) -> Json:
    for name, text in settings.items():
        prefix, *path = name.lower().split("__")
        if prefix == _OVERRIDE and path:
            document = _with(document, path, text)
    return document


def _with(parent: Any, path: list[str], text: str) -> Json:
    name, *rest = path
    section = parent if isinstance(parent, dict) else {}
    return {**section, name: _with(section.get(name), rest, text) if rest else text}


def _value(section: Mapping[str, Any], name: str, default: Any) -> Any:
    return section.get(name.lower(), default)


def _object(parent: Mapping[str, Any], name: str) -> Json:
    value = _value(parent, name, {})
    if not isinstance(value, dict):
        raise ConfigurationError(f"host.json: '{name}' must be an object, not {value!r}")
    return value


def _function_timeout(document: Json) -> float | None:
    value = _value(document, "functionTimeout", "00:30:00")
    return None if value in ("-1", -1, None) else time_span("functionTimeout", value)


def _queue_options(section: Json) -> QueueOptions:
    batch = _integer(section, "batchSize", 16, least=1, most=MAX_BATCH)
    poll = time_span("maxPollingInterval", _value(section, "maxPollingInterval", "00:01:00"))
    if poll < SHORTEST_POLL:
        raise ConfigurationError("host.json: MaxPollingInterval must not be less than 00:00:00.1000000.")
    encoding = str(_value(section, "messageEncoding", "base64")).lower()
    if encoding not in ("base64", "none"):
        raise ConfigurationError(f"host.json: messageEncoding is base64 or none, not '{encoding}'")
    return QueueOptions(
        batch_size=batch,
        new_batch_threshold=_integer(section, "newBatchThreshold", batch // 2, least=0),
        max_dequeue_count=_integer(section, "maxDequeueCount", 5, least=1),
        visibility_timeout=time_span("visibilityTimeout", _value(section, "visibilityTimeout", "00:00:00")),
        max_polling_interval=poll,
        base64=encoding == "base64",
    )


def _integer(section: Json, name: str, default: int, *, least: int, most: int | None = None) -> int:
    value = _value(section, name, default)
    value = int(value) if isinstance(value, str) and value.isdecimal() else value
    if type(value) is not int or value < least or (most is not None and value > most):
        limit = f"from {least} to {most}" if most else f"of at least {least}"
        raise ConfigurationError(f"host.json: {name} must be a whole number {limit}, not {value!r}")
    return value


def time_span(name: str, text: object) -> float:
    """Seconds of a .NET time span, `[days.]hh:mm:ss[.fraction]`; raises ConfigurationError for anything else."""
    found = _TIME_SPAN.fullmatch(str(text))
    if not found:
        raise ConfigurationError(f"host.json: {name} must be a time such as 00:00:30, not {text!r}")
    days, hours, minutes, seconds, fraction = found.groups(default="0")
    return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


class AppSettings:
    """The app settings, read as the host reads them for bindings."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def resolve(self, text: str, where: str) -> str:
        """`text` with every %NAME% replaced; raises ConfigurationError where a setting is missing."""

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in self._values:
                raise ConfigurationError(
                    f"{where}: '%{name}%' does not resolve to a value. Add the app setting {name}."
                )
            return self._values[name]

        return _SETTING.sub(value, text)

    def connection_string(self, name: str, where: str) -> str:
        """The storage connection string that a binding's `connection` names; AzureWebJobsStorage where it names none.

        Raises ConfigurationError where it is missing, or identity-based, which needs Azure.
        """
        name = name or "AzureWebJobsStorage"
        for candidate in (f"AzureWebJobs{name}", name):
            if value := self._values.get(candidate):
                return value
        if any(each.startswith(f"{name}__") for each in self._values):
            raise ConfigurationError(
                f"{where}: the connection '{name}' is identity-based ({name}__…). That works in Azure only; "
                f"here, set the app setting {name} to a connection string of local storage."
            )
        raise ConfigurationError(f"{where}: the app setting {name} with a storage connection string is missing.")

    def disables(self, function: str) -> bool:
        """True where `AzureWebJobs.NAME.Disabled` (or with underscores) says so."""
        names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
        return any(self._values.get(name, "").lower() in ("true", "1") for name in names)

    @property
    def homepage_disabled(self) -> bool:
        """True where `AzureWebJobsDisableHomepage` is `true` in any casing, and nothing else will do."""
        return self._values.get("AzureWebJobsDisableHomepage", "").lower() == "true"

    def is_true(self, name: str) -> bool:
        return self._values.get(name, "").strip().lower() in ("1", "true", "t", "yes", "y")
