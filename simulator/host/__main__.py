"""`python -m simulator.host APP_DIR [--port P] [--key KEY] [--log FILE] [--index-only]`."""

import argparse
import asyncio
import json
import logging
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TextIO

from simulator.host import logs
from simulator.host.configuration import AppSettings, ConfigurationError, read_host_json


def main() -> int:
    """Runs the host until SIGTERM; returns the exit code, 1 where the app cannot start."""
    arguments = _arguments()
    stream: TextIO = arguments.log.open("a") if arguments.log else sys.stderr
    app_directory = arguments.app.resolve()
    os.chdir(app_directory)
    sys.path.insert(0, str(app_directory))
    try:
        return asyncio.run(_run(arguments, app_directory, stream))
    except ConfigurationError as error:
        print(f"the app cannot start: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator.host", description="Runs a Python function app locally.")
    parser.add_argument("app", type=Path, help="the folder with function_app.py and host.json")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 picks a free one")
    parser.add_argument("--key", help="master, host and Event Grid system key; made up where it is not given")
    parser.add_argument("--log", type=Path, help="file for the log lines, instead of the standard error")
    parser.add_argument("--index-only", action="store_true", help="index, print the number of functions, and end")
    parser.add_argument(
        "--message-visibility", type=int, default=600, help="seconds a queue message is hidden while it is worked on"
    )
    arguments = parser.parse_args()
    if arguments.log:
        arguments.log = arguments.log.resolve()
    return arguments


async def _run(arguments: argparse.Namespace, app_directory: Path, stream: TextIO) -> int:
    settings = AppSettings(os.environ)
    configuration = read_host_json(app_directory, os.environ)
    running: dict[str, str] = {}
    handler = logs.JsonLines(stream, configuration.log_levels, running)
    logs.install(handler, debug=settings.is_true("PYTHON_ENABLE_DEBUG_LOGGING"))
    from simulator.host import worker

    functions = await worker.index(app_directory, settings)
    if arguments.index_only:
        print(json.dumps({"functions": len(functions)}))
        return 0
    from simulator.host.app import Host

    host = Host(
        functions,
        worker.Worker(configuration.function_timeout, running),
        configuration,
        settings,
        key=arguments.key or secrets.token_urlsafe(32),
        invisible=arguments.message_visibility,
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    port = await host.start(arguments.port)
    print(f"ready http://127.0.0.1:{port}", flush=True)
    await stopped.wait()
    if not await host.stop():
        _leave(stream)
    return 0


def _leave(stream: TextIO) -> None:
    """Ends the process at once: a function in a thread cannot be stopped, and Python would wait for it."""
    logging.getLogger("Host.Startup").warning("Ending with functions still running")
    stream.flush()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
