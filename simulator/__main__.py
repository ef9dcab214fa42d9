"""`python -m simulator up | demo | token`: the local Azure with the app in it, kept running, shown at work, signed in to."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from simulator.host.process import HostError
from simulator.storage import StorageError

HOME = Path(__file__).parent.parent / ".local"


def main() -> int:
    """Runs one command; returns its exit code."""
    arguments = _arguments()
    if arguments.command == "token":
        return _token(arguments)
    traffic = os.environ.get("TRAFFIC_DIR")
    directory = Path(traffic).resolve() if traffic else None
    try:
        return asyncio.run(_command(arguments, directory))
    except (HostError, StorageError) as error:
        print(error, file=sys.stderr)
        return 1


def _token(arguments: argparse.Namespace) -> int:
    from simulator.token import NoTokenError, token

    try:
        print(token(arguments.home.resolve(), arguments.role))
    except NoTokenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _command(arguments: argparse.Namespace, traffic: Path | None) -> int:
    if arguments.command == "demo":
        from simulator.demo.play import play

        return await play(HOME, traffic)
    from simulator.local import AppOptions
    from simulator.up import seeded_policy, up

    home = arguments.home.resolve()
    options = AppOptions(
        policy=str(seeded_policy(home, estate=arguments.estate)),
        settings={"UNKEYED_SWEEP_SCHEDULE": "*/10 * * * * *"} if arguments.estate else {},
        message_visibility=arguments.message_visibility,
    )
    return await up(home, traffic, options, with_app=not arguments.no_app, estate=arguments.estate)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="A local Azure, with the app in it.")
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("up", help="keep it running until interrupted")
    running.add_argument("--home", type=Path, default=HOME, help="folder for env, logs and the policy")
    running.add_argument("--estate", action="store_true", help="with the demo's accounts in it, swept every 10 seconds")
    running.add_argument("--no-app", action="store_true", help="the local Azure alone")
    running.add_argument(
        "--message-visibility", type=int, default=600, help="seconds until the message of a worker that died comes back"
    )
    commands.add_parser("demo", help="watch accounts walk the road")
    signed_in = commands.add_parser("token", help="print a bearer token of the running local Azure for the app's API")
    signed_in.add_argument("--home", type=Path, default=HOME, help="folder of the running local Azure")
    signed_in.add_argument("--role", required=True, help="Read, Operate, Admin, or none")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
