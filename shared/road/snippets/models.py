"""The words of this package: a language, a client, a choice of both, and the snippet that comes of it."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    PYTHON = "python"
    CSHARP = "csharp"
    JAVASCRIPT = "javascript"
    JAVA = "java"
    CURL = "curl"


class Client(StrEnum):
    OPENAI = "openai"
    INFERENCE = "azure-ai-inference"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Choice:
    language: Language
    client: Client


@dataclass(frozen=True, slots=True)
class Snippet:
    """`code` is a whole program, `file_name` what to save it as, `install` the package manager's commands."""

    language: Language
    client: Client
    file_name: str
    code: str
    endpoint: str
    scope: str
    install: tuple[str, ...]
    credential_advice: tuple[str, ...]
    notes: tuple[str, ...]
