"""Storage accounts with their containers and blobs."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.azure import Azure

DOMAIN = ".blob.core.windows.net"


@dataclass(frozen=True, slots=True)
class Blob:
    content: bytes
    created: datetime
    modified: datetime
    content_type: str = "application/octet-stream"
    etag: str = field(default_factory=lambda: f'"0x{secrets.token_hex(7).upper()}"')

    @property
    def md5(self) -> str:
        digest = hashlib.md5(self.content, usedforsecurity=False).digest()
        return base64.b64encode(digest).decode()


class Blobs:
    """`accounts` maps the host of each storage account to its resource id."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.accounts: dict[str, str] = {}
        self._containers: dict[tuple[str, str], dict[str, Blob]] = {}

    def add_account(self, name: str, resource_id: str) -> str:
        """Makes a storage account; returns its host. Seeding only."""
        host = f"{name.lower()}{DOMAIN}"
        self.accounts[host] = resource_id
        return host

    def put(self, host: str, container: str, name: str, content: bytes) -> str:
        """Writes a blob without checks, its container with it; returns the etag. For seeding and for Azure's own
        services, such as dead-lettering: over the wire a blob is found only where the account was added."""
        self._containers.setdefault((host.lower(), container), {})
        return self.write(host, container, name, content).etag

    def get(self, host: str, container: str, name: str) -> bytes | None:
        """A blob's content, None where there is none."""
        found = self._containers.get((host.lower(), container), {}).get(name)
        return found.content if found else None

    def container(self, host: str, container: str) -> dict[str, Blob] | None:
        """The blobs of a container by name, None where there is no such container."""
        return self._containers.get((host.lower(), container))

    def write(
        self, host: str, container: str, name: str, content: bytes, content_type: str = "application/octet-stream"
    ) -> Blob:
        """Writes a blob into a container that exists."""
        held = self._containers[host.lower(), container]
        now = self.azure.clock.now()
        before = held.get(name)
        held[name] = Blob(content, before.created if before else now, now, content_type)
        return held[name]
