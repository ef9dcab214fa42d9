"""What a diagnosis says: findings, each with what speaks for it and what to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from shared.models import Unknown

type AppliesTo = Literal["account", "principal", "code", "sign-in", "network", "service"]


class Verdict(StrEnum):
    """`confirmed`: the error's own words or the account as it is show it. `possible`: it fits, and nothing that the app can
    read decides. `unknown`: it fits, and what would decide could not be read, or was not told. `ruled_out`: it fits, and
    is not so."""

    CONFIRMED = "confirmed"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"
    RULED_OUT = "ruled_out"


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, looked into. `explains` is False for what is wrong all the same but would not give this error.

    `source` names the Azure document, `applies_to` where the fix is to be made.
    """

    code: str
    verdict: Verdict
    cause: str
    evidence: tuple[str, ...]
    fix: str
    source: str
    applies_to: AppliesTo
    explains: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, the most likely first; what fits the error and is not so; and what could not be read.

    `status` and `client` are what the error was taken for, `warnings` what is to be done besides.
    """

    account: str
    principal_id: str | None
    at: datetime
    status: int | None
    client: str
    findings: tuple[Finding, ...]
    ruled_out: tuple[Finding, ...]
    unread: tuple[Unknown, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def likely(self) -> Finding | None:
        """The most likely cause of the error; None where none is known."""
        return next((each for each in self.findings if each.explains), None)
