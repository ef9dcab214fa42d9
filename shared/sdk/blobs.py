"""One blob, read again only when it has changed (REST: Get Blob, conditional headers)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure.core.rest import HttpRequest

from shared.errors import azure_errors
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_SCOPE = "https://storage.azure.com/.default"
_VERSION = "2023-11-03"
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Blob:
    text: str
    etag: str


async def read_if_changed(session: "Session", url: str, etag: str | None) -> Blob | None:
    """The blob, or None where it still is the version of `etag`; raises NotFoundError, DeniedError, TemporaryError."""
    headers = {"x-ms-version": _VERSION, **({"If-None-Match": etag} if etag else {})}
    with azure_errors("read blob", url):
        response = await RestClient(url, _SCOPE, session).send(HttpRequest("GET", url, headers=headers))
        if response.status_code == _NOT_MODIFIED:
            return None
    return Blob(response.text(), response.headers.get("ETag", ""))
