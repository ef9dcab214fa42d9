"""The address that was called: whose host it is, and what the path asks for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qs, urlsplit

_REQUESTS = re.compile(r"/(chat/completions|embeddings|completions|responses|openai(/v1)?/models|info|:analyze-text)$")
_OPENAI = re.compile(r"/openai/(deployments/[^/]+|v1)/\w.*|/openai/models(/.*)?")
_FOUNDRY = re.compile(r"/models/(chat/completions|embeddings|images/embeddings|info)|/api/projects/[^/]+/.*")
_DEPLOYMENT = re.compile(r"/deployments/([^/*]+)")
_PROJECT = re.compile(r"/api/projects/([^/]+)", re.IGNORECASE)
_ADDRESS = re.compile(r"https://[\w-]+(?:\.[\w-]+)+(?:/[^\s'\"<>)\]]*)?")


class Host(StrEnum):
    """The hosts of an account, by what follows its subdomain ("Custom subdomain names for Foundry Tools")."""

    OPENAI = "openai.azure.com"
    FOUNDRY = "services.ai.azure.com"
    COGNITIVE = "cognitiveservices.azure.com"
    REGIONAL = "api.cognitive.microsoft.com"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address in its parts, without its query but for the api-version."""

    name: str  # of the host
    label: str  # the subdomain, or the region at a regional host
    host: Host
    path: str
    api_version: str | None
    is_whole: bool = False  # the address of a call as it was made, not put together from that of a client

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The address in `text`; None where it is none."""
        bare = text.strip()
        try:
            parts = urlsplit(bare if "://" in bare else f"https://{bare}")
            name, path = parts.hostname or "", parts.path.rstrip("/")
        except ValueError:
            return None
        label, _, domain = name.partition(".")
        if not label or not domain:
            return None
        host = next((each for each in Host if each and domain == each.value), Host.OTHER)
        version = parse_qs(parts.query).get("api-version", [None])[0]
        is_whole = _REQUESTS.search(path) is not None
        return cls(name, label, host, path, version, is_whole)

    def __str__(self) -> str:
        return f"https://{self.name}{self.path}"

    @property
    def is_openai_form(self) -> bool:
        return self.path.lower().startswith("/openai")

    @property
    def is_version_1(self) -> bool:
        return self.path.lower().startswith("/openai/v1")

    @property
    def is_served(self) -> bool:
        """True where the host has such a path, as far as its APIs are known."""
        path = self.path.lower()
        if self.host is Host.FOUNDRY and _FOUNDRY.fullmatch(path):
            return True
        if _OPENAI.fullmatch(path):
            return path.count("/openai/") == 1
        known = path.startswith(("/models", "/model/", "/deployments", "/openai", "/chat", "/embeddings", "/api/"))
        return self.host in {Host.COGNITIVE, Host.REGIONAL} and not known

    @property
    def deployment(self) -> str:
        found = _DEPLOYMENT.search(self.path)
        return found[1] if found else ""

    @property
    def project(self) -> str:
        """The Foundry project that was called; empty for a call to the account itself."""
        found = _PROJECT.match(self.path)
        return found[1] if found else ""


def in_text(text: str) -> Endpoint | None:
    """The first address of an account that a text names; None where it names none."""
    for each in _ADDRESS.findall(text):
        found = Endpoint.parse(each)
        if found and found.host is not Host.OTHER:
            return found
    return None
