"""The local Azure as one thing to start and stop: storage, the simulator, and the Functions host with the app in it.

The host is a process of its own, since its clients read the certificate authority and the proxy when they are imported;
where it dies it is started again on the same port, as Azure would start another instance.
"""

import asyncio
import contextlib
import shlex
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from simulator.azure import Azure
from simulator.certificates import AUTHORITY, authority, server_context
from simulator.company.identities import PLATFORM, PORTAL, PRODUCTION, UNKEYED
from simulator.company.places import GROUP_TOPIC, GROUP_TOPIC_LOCATION
from simulator.company.seed import INSTRUMENTATION, TOPIC_ENDPOINT, Company
from simulator.control import Control
from simulator.host.process import HostError, HostProcess
from simulator.proxy import Proxy
from simulator.server import Server
from simulator.services import services_of
from simulator.storage import Azurite, StorageGate, connection_string

ROOT = Path(__file__).parent.parent
AUTHORITY_FOLDER = ROOT / ".local"
LOOPBACK = "127.0.0.1"
# The pause after a start that failed, longer with each that follows
START_AGAIN_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
_INGESTION = "https://westeurope-1.in.applicationinsights.azure.com/"


@dataclass(slots=True)
class AppOptions:
    """How the app is hosted: its policy, settings to add or change, and how soon a dead worker's message comes back."""

    policy: str
    settings: Mapping[str, str] = field(default_factory=dict)
    telemetry: bool = False
    message_visibility: int = 600


class LocalAzure:
    """Made by `local_azure()`. Everything listens on loopback, on free ports."""

    def __init__(self, home: Path, traffic: Path | None) -> None:
        self.home = home
        self.azure = Azure(traffic)
        self.company = Company()
        self.server = Server(self.azure, services_of(self.azure))
        self.control = Control(self.azure, self.company.seed)
        self.control.app = self
        self.storage = ""
        self.proxy_port = 0
        self.control_port = 0
        self.host: HostProcess | None = None
        self.host_starts = 0
        self._keeper: asyncio.Task[None] | None = None
        self._app_wanted = asyncio.Event()
        self._app_wanted.set()

    def client_environment(self) -> dict[str, str]:
        """What points az, curl and any SDK at this Azure, signed in as the platform team."""
        trusted = str(AUTHORITY_FOLDER / AUTHORITY)
        proxy = f"http://{LOOPBACK}:{self.proxy_port}"
        loopback = f"localhost,{LOOPBACK}"
        variables = {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": loopback,
            "no_proxy": loopback,
            "SSL_CERT_FILE": trusted,
            "REQUESTS_CA_BUNDLE": trusted,
            "CURL_CA_BUNDLE": trusted,
            "NODE_EXTRA_CA_CERTS": trusted,
            "IDENTITY_ENDPOINT": f"http://{LOOPBACK}:{self.control_port}/msi/token",
            "IDENTITY_HEADER": self.company.workstation_header,
            "AZURE_TENANT_ID": self.azure.directory.tenant,
            "AZURE_CLIENT_ID": PLATFORM.app_id,
            "AZURE_CLIENT_SECRET": self.company.platform_secret,
            "AZURE_SUBSCRIPTION_ID": PRODUCTION,
            "AZURE_CONFIG_DIR": str(self.home / "az"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",  # az would start a sender after each command, and the proxy refuse it
            "AZURE_STORAGE_CONNECTION_STRING": self.storage,
            "UNKEYED_SIMULATOR": f"http://{LOOPBACK}:{self.control_port}",
            "UNKEYED_PORTAL_CLIENT_ID": PORTAL.app_id,
        }
        if self.host:
            variables |= {"UNKEYED_HOST": self.host.url, "UNKEYED_HOST_KEY": self.host.key}
            variables["UNKEYED_PORTAL"] = self.company.page
        return variables

    def app_environment(self, options: AppOptions) -> dict[str, str]:
        """The app's settings and what its SDKs need: the same that a function app in Azure has."""
        client = self.client_environment()
        shared = ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "IDENTITY_ENDPOINT")
        found = {
            **{name: client[name] for name in shared},
            "IDENTITY_HEADER": self.company.unkeyed_header,
            "AZURE_CLIENT_ID": UNKEYED.app_id,
            "AzureWebJobsStorage": self.storage,
            "UNKEYED_POLICY": options.policy,
            "UNKEYED_OUTCOME_TOPIC": TOPIC_ENDPOINT,
            "UNKEYED_SWEEP_SCHEDULE": "0 7 * * * *",
            "UNKEYED_GROUP_TOPIC": GROUP_TOPIC,
            "UNKEYED_GROUP_TOPIC_LOCATION": GROUP_TOPIC_LOCATION,
            "UNKEYED_GROUPS_SCHEDULE": "0 17 3 * * *",
            "UNKEYED_PORTAL_CLIENT_ID": PORTAL.app_id,
            "UNKEYED_PORTAL_TENANT": self.azure.directory.tenant,
            "UNKEYED_PORTAL_SIGN_IN": f"http://{LOOPBACK}:{self.control_port}",
            "AzureWebJobsDisableHomepage": "true",
        }
        if options.telemetry:
            found["APPLICATIONINSIGHTS_CONNECTION_STRING"] = (
                f"InstrumentationKey={INSTRUMENTATION};IngestionEndpoint={_INGESTION}"
            )
            found["APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL"] = "True"
        return {**found, **options.settings}

    async def start_app(self, options: AppOptions) -> HostProcess:
        """Starts the app in its host, subscribes its functions to their events and has people be sent back to its page.

        Raises HostError.
        """
        log = self.home / "app.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        visibility = options.message_visibility
        self.host = HostProcess(ROOT, self.app_environment(options), log=log, message_visibility=visibility)
        await self.host.start()
        self.host_starts = 1
        self.company.open(self.azure, f"{self.host.url}/")
        self._keeper = asyncio.create_task(self._keep(self.host))
        functions = await self.host.event_grid_functions()
        self.company.webhooks = {name: self.host.event_grid_url(name) for name in functions}
        self.company.subscribe(self.azure)
        return self.host

    def kill_app(self) -> None:
        """Ends the app's process at once, as a crash would; it is started again."""
        if self.host:
            self.host.kill()

    @property
    def app_down(self) -> bool:
        """True while the app is kept down: it ends at once and is not started again."""
        return not self._app_wanted.is_set()

    @app_down.setter
    def app_down(self, down: bool) -> None:
        if down:
            self._app_wanted.clear()
            self.kill_app()
        else:
            self._app_wanted.set()

    async def stop_app(self) -> None:
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self.host:
            await self.host.stop()

    async def _keep(self, host: HostProcess) -> None:
        """Starts the host again whenever it has ended, be it while it was starting."""
        pause = START_AGAIN_SECONDS
        while True:
            await host.wait()
            await self._app_wanted.wait()
            try:
                await host.start()
            except HostError as error:
                print(error, file=sys.stderr, flush=True)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                pause = START_AGAIN_SECONDS
                self.host_starts += 1
            if self.app_down:
                host.kill()

    def write_environment(self) -> dict[str, str]:
        """Writes the client's variables as shell lines to `env` in the home folder; returns them."""
        variables = self.client_environment()
        path = self.home / "env"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(environment_lines(variables))
        return variables


def environment_lines(variables: Mapping[str, str]) -> str:
    """Shell lines that export these variables."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


@asynccontextmanager
async def local_azure(home: Path, traffic: Path | None = None) -> AsyncIterator[LocalAzure]:
    """The local Azure, without an app until `start_app`, running inside."""
    local = LocalAzure(home, traffic)
    async with contextlib.AsyncExitStack() as stack:
        await _start_storage(local, stack)
        tls = server_context(authority(AUTHORITY_FOLDER))
        tls_port = await _listen(stack, local.server.application(), tls)
        local.control_port = await _listen(stack, local.control.application(), None)
        proxy = await Proxy(tls_port).start()
        stack.callback(proxy.close)
        local.proxy_port = proxy.sockets[0].getsockname()[1]
        local.server.killer = local.kill_app
        local.azure.events.start()
        stack.push_async_callback(local.azure.events.aclose)
        stack.push_async_callback(local.stop_app)
        yield local


async def _start_storage(local: LocalAzure, stack: contextlib.AsyncExitStack) -> None:
    azurite = Azurite()
    await azurite.start()
    stack.push_async_callback(azurite.stop)
    gate = StorageGate(azurite.ports, faults=lambda: local.azure.faults)
    gate.killer = local.kill_app
    await gate.start()
    stack.push_async_callback(gate.stop)
    local.storage = connection_string(azurite.key, gate.ports)
    local.control.gate = gate


async def _listen(stack: contextlib.AsyncExitStack, app: web.Application, tls: ssl.SSLContext | None) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, LOOPBACK, 0, ssl_context=tls).start()
    port: int = runner.addresses[0][1]
    return port
