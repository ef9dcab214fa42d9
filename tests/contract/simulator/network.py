"""The public hosts of a simulator in this process, over TLS and through a proxy, as a real client reaches them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator import certificates
from simulator.azure import Azure
from simulator.proxy import Proxy
from simulator.server import Server
from simulator.services import services_of


@dataclass(frozen=True)
class Network:
    """What a client needs to be brought to the simulator by public names."""

    proxies: dict[str, str]
    authority: str

    def options(self) -> dict[str, Any]:
        return {"proxies": self.proxies, "connection_verify": self.authority}


@asynccontextmanager
async def networked(azure: Azure, folder: Path) -> AsyncIterator[Network]:
    runner = web.AppRunner(Server(azure, services_of(azure)).application())
    await runner.setup()
    signer = certificates.authority(folder)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.server_context(signer))
    await site.start()
    proxy = await Proxy(runner.addresses[0][1]).start()
    address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    yield Network({"https": address, "http": address}, str(folder / certificates.AUTHORITY))
    proxy.close()
    await runner.cleanup()
