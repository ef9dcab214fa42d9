"""The operations on blobs, with their conditions and ranges.

Azure Storage REST: "Specifying conditional headers for Blob service operations", "Specifying the range header".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from simulator.blobs.errors import refused
from simulator.blobs.state import Blob
from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

type Operation = Callable[["Azure", Call, "Place"], Reply]
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_LARGEST_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call points: `held` are the blobs of the container."""

    host: str
    container: str
    name: str
    held: dict[str, Blob]

    def require(self) -> Blob:
        if self.name not in self.held:
            raise refused("BlobNotFound")
        return self.held[self.name]


def named(call: Call) -> tuple[Operation | None, str]:
    """The operation a call asks for and the last part of its data action; None for one that is not there."""
    in_container = "/" in call.path.strip("/")
    mode = (call.query.get("restype", ""), call.query.get("comp", ""))
    if call.method == "GET" and not in_container and mode == ("container", "list"):
        return list_blobs, "read"
    if mode != ("", "") or not in_container:
        return None, ""
    return {
        "GET": (get_blob, "read"),
        "HEAD": (get_blob, "read"),
        "PUT": (put_blob, "write"),
        "DELETE": (delete_blob, "delete"),
    }.get(call.method, (None, ""))


def get_blob(azure: "Azure", call: Call, place: Place) -> Reply:  # noqa: ARG001  # one shape for operations
    """A blob or a range of it; HEAD gives the same without the content."""
    blob = place.require()
    _check_conditions(call, blob)
    headers = {
        **_validators(blob),
        "Content-Type": blob.content_type,
        "Accept-Ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": _http_date(blob.created),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "true",
    }
    span = call.headers.get("x-ms-range") or call.headers.get("Range")
    if span is None or call.method == "HEAD":
        return Reply(200, blob.content, {**headers, "Content-MD5": blob.md5})
    start, end = _span(span, len(blob.content))
    headers |= {"Content-Range": f"bytes {start}-{end}/{len(blob.content)}", "x-ms-blob-content-md5": blob.md5}
    return Reply(206, blob.content[start : end + 1], headers)


def put_blob(azure: "Azure", call: Call, place: Place) -> Reply:
    """Writes a whole block blob."""
    kind = call.headers.get("x-ms-blob-type")
    if kind is None:
        raise refused("MissingRequiredHeader", HeaderName="x-ms-blob-type")
    if kind != "BlockBlob":
        raise refused("InvalidHeaderValue", HeaderName="x-ms-blob-type", HeaderValue=kind)
    before = place.held.get(place.name)
    if before and call.headers.get("If-None-Match") == "*":
        raise refused("BlobAlreadyExists")
    _check_conditions(call, before)
    content_type = call.headers.get("x-ms-blob-content-type") or call.headers.get("Content-Type")
    made = azure.blobs.write(
        place.host, place.container, place.name, call.content, content_type or "application/octet-stream"
    )
    return Reply(201, None, {**_validators(made), "Content-MD5": made.md5, "x-ms-request-server-encrypted": "true"})


def delete_blob(azure: "Azure", call: Call, place: Place) -> Reply:  # noqa: ARG001  # one shape for operations
    _check_conditions(call, place.require())
    del place.held[place.name]
    return Reply(202, None, {"x-ms-delete-type-permanent": "true"})


def list_blobs(azure: "Azure", call: Call, place: Place) -> Reply:  # noqa: ARG001  # one shape for operations
    """The blobs of a container in the order of their names, page by page."""
    prefix, marker = call.query.get("prefix", ""), call.query.get("marker", "")
    size = _page_size(call)
    names = [name for name in sorted(place.held) if name.startswith(prefix) and name >= marker]
    shown = "".join(_listed(name, place.held[name]) for name in islice(names, size))
    following = names[size] if len(names) > size else ""
    xml = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<EnumerationResults ServiceEndpoint="https://{place.host}/" ContainerName="{place.container}">'
        f"<Prefix>{escape(prefix)}</Prefix><MaxResults>{size}</MaxResults><Blobs>{shown}</Blobs>"
        f"<NextMarker>{escape(following)}</NextMarker></EnumerationResults>"
    )
    return Reply(200, b"\xef\xbb\xbf" + xml.encode(), {"Content-Type": "application/xml"})


def _listed(name: str, blob: Blob) -> str:
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties>"
        f"<Creation-Time>{_http_date(blob.created)}</Creation-Time>"
        f"<Last-Modified>{_http_date(blob.modified)}</Last-Modified><Etag>{blob.etag.strip('"')}</Etag>"
        f"<Content-Length>{len(blob.content)}</Content-Length><Content-Type>{escape(blob.content_type)}</Content-Type>"
        f"<Content-MD5>{blob.md5}</Content-MD5><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
        "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "<ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob>"
    )


def _page_size(call: Call) -> int:
    sent = call.query.get("maxresults", str(_LARGEST_PAGE))
    if not sent.isdecimal() or not 1 <= int(sent) <= _LARGEST_PAGE:
        raise refused("InvalidQueryParameterValue", QueryParameterName="maxresults", QueryParameterValue=sent)
    return int(sent)


def _check_conditions(call: Call, blob: Blob | None) -> None:
    """Raises 412 where the blob has changed, 304 where a reader's copy has not."""
    match, other = call.headers.get("If-Match"), call.headers.get("If-None-Match")
    if match is not None and (blob is None or match not in {"*", blob.etag}):
        raise refused("ConditionNotMet")
    if blob is None:
        return
    reads = call.method in {"GET", "HEAD"}
    unchanged, headers = (304, _validators(blob)) if reads else (412, {})
    if other in {"*", blob.etag}:
        raise refused("ConditionNotMet", status=unchanged, headers=headers)
    since = _date(call.headers.get("If-Modified-Since"))
    if other is None and since and blob.modified.replace(microsecond=0) <= since:
        raise refused("ConditionNotMet", status=unchanged, headers=headers)


def _span(sent: str, length: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(sent)
    if match is None:
        raise refused("InvalidHeaderValue", HeaderName="Range", HeaderValue=sent)
    start = int(match[1])
    if start >= length:
        raise refused("InvalidRange", headers={"Content-Range": f"bytes */{length}"})
    return start, min(int(match[2]) if match[2] else length - 1, length - 1)


def _validators(blob: Blob) -> dict[str, str]:
    return {"ETag": blob.etag, "Last-Modified": _http_date(blob.modified)}


def _http_date(when: datetime) -> str:
    return format_datetime(when, usegmt=True)


def _date(sent: str | None) -> datetime | None:
    if sent is None:
        return None
    try:
        return parsedate_to_datetime(sent)
    except ValueError as error:
        raise refused("InvalidHeaderValue", HeaderName="If-Modified-Since", HeaderValue=sent) from error
