"""The loopback CONNECT proxy: it brings Azure's public host names to the simulator and refuses every other name."""

import asyncio
import re

PUBLIC_HOSTS = re.compile(
    r"""management\.azure\.com
      | login\.microsoftonline\.com | login\.windows\.net | sts\.windows\.net
      | graph\.microsoft\.com
      | [\w.-]+\.(vault\.azure\.net | cognitiveservices\.azure\.com | openai\.azure\.com | services\.ai\.azure\.com)
      | [\w.-]+\.api\.cognitive\.microsoft\.com
      | [\w.-]+\.eventgrid\.azure\.net
      | [\w.-]+\.blob\.core\.windows\.net
      | [\w.-]+\.in\.applicationinsights\.azure\.com
      | api\.loganalytics\.(azure\.com|io)""",
    re.VERBOSE | re.IGNORECASE,
)
_CHUNK = 65536


class Proxy:
    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.refused: list[str] = []

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port."""
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._tunnel(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one of the two ends went away: there is nobody left to tell
        finally:
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, *_ = head.split(" ")
        host = target.rpartition(":")[0]
        if method != "CONNECT" or not PUBLIC_HOSTS.fullmatch(host):
            self.refused.append(host or target)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
