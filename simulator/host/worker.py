"""The bridge to Microsoft's worker library, azure_functions_runtime: it indexes the app and runs its functions.

The library speaks protobuf messages at its edges; indexing gets stand-ins for the few it constructs, invocation goes by
`native_invocation`, whose currency is the library's own `Datum`. The registry of functions is global to the library, so
one process holds one app.
"""

import asyncio
import json
import logging
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure.functions.decorators.core import BindingDirection
from azure_functions_runtime import handle_event, start_threadpool_executor
from azure_functions_runtime.bindings.meta import load_binding_registry
from azure_functions_runtime.native_invocation import invocation_request_native

from simulator.host.configuration import AppSettings, ConfigurationError, Json
from simulator.host.data import Datum
from simulator.host.logs import invocation

TRIGGERS = ("httpTrigger", "eventGridTrigger", "queueTrigger", "timerTrigger")
OUTPUTS = ("http", "queue")

type Sender = Callable[["Binding", Datum], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding as the worker reports it, app settings resolved; `values` is the whole JSON."""

    type: str
    name: str
    values: Json

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    id: str
    trigger: Binding
    outputs: tuple[Binding, ...]
    disabled: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `response` is what the function gave its http output, None where it gave nothing."""

    succeeded: bool
    response: Datum | None = None


class _BindingInfo(SimpleNamespace):
    out = BindingDirection.OUT.value
    inout = BindingDirection.INOUT.value


class _StatusResult(SimpleNamespace):
    Success = 1


async def index(app_directory: Path, settings: AppSettings) -> list[Function]:
    """The functions of the app, by the worker's metadata.

    Raises ConfigurationError where the app has none or needs what this host cannot do, and whatever importing the app
    raises.
    """
    load_binding_registry()
    start_threadpool_executor()
    stand_ins = SimpleNamespace(
        BindingInfo=_BindingInfo,
        RpcFunctionMetadata=SimpleNamespace,
        RpcRetryOptions=SimpleNamespace,
        FunctionMetadataResponse=SimpleNamespace,
        StatusResult=_StatusResult,
    )
    library: Any = handle_event  # its module variable is typed as the None it begins with
    library.protos = stand_ins
    library.load_function_metadata(str(app_directory), caller_info="local host")
    metadata = (await library.functions_metadata_request(None)).function_metadata_results
    if not metadata:
        raise ConfigurationError(f"{app_directory} has no function_app.py, or no function in it")
    return [_function(each, settings) for each in metadata]


def _function(metadata: SimpleNamespace, settings: AppSettings) -> Function:
    name = metadata.name
    triggers: list[Binding] = []
    outputs: list[Binding] = []
    for raw in metadata.raw_bindings:
        values = json.loads(raw)
        binding = _binding(name, values, settings)
        (outputs if values["direction"].upper() == "OUT" else triggers).append(binding)
    if len(triggers) != 1:
        raise ConfigurationError(f"function {name}: this host runs functions with one trigger and no input bindings")
    for binding, known in ((triggers[0], TRIGGERS), *((each, OUTPUTS) for each in outputs)):
        if binding.type not in known:
            raise ConfigurationError(f"function {name}: no binding '{binding.type}' here, only {', '.join(known)}")
    if metadata.retry_options:
        raise ConfigurationError(f"function {name}: this host has no retry policies; remove @app.retry")
    return Function(name, metadata.function_id, triggers[0], tuple(outputs), settings.disables(name))


def _binding(function: str, values: Json, settings: AppSettings) -> Binding:
    where = f"function {function}, binding {values['name']}"
    resolved = {
        name: settings.resolve(value, where) if isinstance(value, str) else value for name, value in values.items()
    }
    kind = next((each for each in (*TRIGGERS, *OUTPUTS) if each.lower() == values["type"].lower()), values["type"])
    return Binding(kind, values["name"], resolved)


class Worker:
    """Runs functions. `running` names the function of every invocation that has not ended."""

    def __init__(self, timeout: float | None, running: dict[str, str]) -> None:
        self.timeout = timeout
        self.running = running
        self.send: Sender | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def invoke(
        self,
        function: Function,
        value: Datum,
        metadata: Mapping[str, Datum] | None = None,
        *,
        reason: str,
        trace_parent: str | None = None,
    ) -> Outcome:
        """Runs a function once and sends its output; failures are logged and told by the outcome, never raised."""
        invocation_id = str(uuid.uuid4())
        log = logging.getLogger(f"Function.{function.name}")
        self.running[invocation_id] = function.name
        self._idle.clear()
        started = time.perf_counter()
        with invocation(function.name, invocation_id):
            log.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", function.name, reason, invocation_id)
            outcome = Outcome(succeeded=False)
            try:
                outcome = await self._run(function, invocation_id, value, metadata, _traceparent(trace_parent))
            except TimeoutError:
                log.error("Timeout value of %s s exceeded by function 'Functions.%s'", self.timeout, function.name)  # noqa: TRY400  # the stack of the wait says nothing
            except Exception:
                log.exception("Sending the output of 'Functions.%s' failed", function.name)
            finally:
                del self.running[invocation_id]
                if not self.running:
                    self._idle.set()
                verdict = "Succeeded" if outcome.succeeded else "Failed"
                took = (time.perf_counter() - started) * 1000
                log.log(
                    logging.INFO if outcome.succeeded else logging.ERROR,
                    "Executed 'Functions.%s' (%s, Id=%s, Duration=%.0fms)",
                    *(function.name, verdict, invocation_id, took),
                )
        return outcome

    async def _run(
        self,
        function: Function,
        invocation_id: str,
        value: Datum,
        metadata: Mapping[str, Datum] | None,
        trace_parent: str,
    ) -> Outcome:
        async with asyncio.timeout(self.timeout):
            ok, returned, outputs, _, _ = await invocation_request_native(  # type: ignore[no-untyped-call]
                invocation_id, function.id, [(function.trigger.name, value)], dict(metadata or {}), trace_parent
            )
        return await self._deliver(function, [("$return", returned), *outputs]) if ok else Outcome(succeeded=False)

    async def _deliver(self, function: Function, outputs: Sequence[tuple[str, Datum | None]]) -> Outcome:
        response = None
        values = dict(outputs)
        for binding in function.outputs:
            value = values.get(binding.name)
            if binding.type == "http":
                response = value
            elif value is not None and value.type is not None and self.send:
                await self.send(binding, value)
        return Outcome(succeeded=True, response=response)

    async def drain(self, seconds: float) -> bool:
        """Waits until nothing runs, no longer than `seconds`; True where nothing runs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        return not self.running


def _traceparent(incoming: str | None) -> str:
    """A W3C trace context for one run: the caller's trace where it sent one, else a new one."""
    parts = (incoming or "").split("-")
    trace_id = parts[1] if len(parts) == 4 and len(parts[1]) == 32 else secrets.token_hex(16)
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"
