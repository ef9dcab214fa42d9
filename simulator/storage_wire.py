"""HTTP/1.1 messages between storage clients and the emulator: read whole, passed on byte for byte."""

import asyncio
import json
from dataclasses import dataclass

from multidict import CIMultiDict, CIMultiDictProxy

from simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer; `start` is its first line, `body` as it was sent, chunk sizes included."""

    start: str
    headers: CIMultiDictProxy[str]
    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    @property
    def closes(self) -> bool:
        return self.headers.get("Connection", "").lower() == "close"


async def _read_head(reader: asyncio.StreamReader) -> tuple[bytes, str, CIMultiDictProxy[str]] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    start, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, _, value = line.partition(":")
        headers.add(name, value.strip())
    return head, start, CIMultiDictProxy(headers)


async def read_request(reader: asyncio.StreamReader) -> Message | None:
    """The next request; None where the client has closed."""
    if (found := await _read_head(reader)) is None:
        return None
    head, start, headers = found
    return Message(start, headers, head, await _read_body(reader, headers))


async def read_answer(reader: asyncio.StreamReader, to_head: bool) -> Message | None:
    """The answer to a request; None where the connection was closed before it began."""
    while found := await _read_head(reader):
        head, start, headers = found
        status = int(start.split(" ", 2)[1])
        if status < 200:
            continue
        empty = to_head or status in (204, 304)
        return Message(start, headers, head, b"" if empty else await _read_body(reader, headers))
    return None


async def _read_body(reader: asyncio.StreamReader, headers: CIMultiDictProxy[str]) -> bytes:
    """The body as it was sent, chunk sizes included."""
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("Content-Length", "0")))
    pieces = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        pieces += [line, await reader.readexactly(size + 2)]
        if size == 0:
            return b"".join(pieces)


def made_up_answer(service: str, answer: Json) -> Message:
    """An error that a rule asks for, in the envelope of the service (Azure Storage: Status and error codes)."""
    code, text = str(answer.get("code", "ServerBusy")), str(answer.get("message", "A fault was asked for."))
    if service == "table":
        kind = "application/json;odata=minimalmetadata"
        body = json.dumps({"odata.error": {"code": code, "message": {"lang": "en-US", "value": text}}})
    else:
        kind = "application/xml"
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{text}</Message></Error>'
    start = f"HTTP/1.1 {int(answer['status'])} Fault"
    lines = {"x-ms-error-code": code, "Content-Type": kind, **answer.get("headers", {}), "Content-Length": len(body)}
    head = "\r\n".join([start, *(f"{name}: {value}" for name, value in lines.items())]) + "\r\n\r\n"
    return Message(start, CIMultiDictProxy(CIMultiDict()), head.encode("latin-1"), body.encode())
