"""A cause of a refused call: the errors it fits, and how it is checked."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.models import Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.finding import AppliesTo, Verdict
from shared.road.diagnose.symptom import Signs

HOW_TO = '"Configure Microsoft Entra ID for inference", troubleshooting'
AUTHENTICATE = '"Authenticate requests to Foundry Tools"'
KEY_ACCESS = '"Disable local authentication in Foundry Tools"'
SUBDOMAINS = '"Custom subdomain names for Foundry Tools"'
NETWORKS = '"Configure virtual networks for Foundry Tools"'
RBAC = '"What is Azure role-based access control"'
RBAC_TROUBLE = '"Troubleshoot Azure RBAC"'
OPENAI_REST = '"Azure OpenAI REST API reference"'
SIGN_IN = '"Microsoft Entra authentication and authorization error codes"'

# How well a cause fits an error: its own words, a likely reading of them, no more than its status, only in that it may always be
EXACT, LIKELY, FAINT, HINT, NOT = 4, 3, 2, 1, 0

type Fit = Callable[[Signs], int]


@dataclass(frozen=True, slots=True)
class Check:
    """What looking into a cause came to; `fix` and `cause` take the place of the cause's own where they say more."""

    verdict: Verdict
    evidence: tuple[str, ...]
    fix: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """`symptom` says in words which errors it fits. `check` comes to None where it cannot be asked of the case at all."""

    code: str
    applies_to: AppliesTo
    symptom: str
    cause: str
    fix: str
    source: str
    fits: Fit
    check: Callable[[Case], Check | None]


def confirmed(*evidence: str, fix: str = "", cause: str = "") -> Check:
    return Check(Verdict.CONFIRMED, evidence, fix, cause)


def possible(*evidence: str, fix: str = "", cause: str = "") -> Check:
    return Check(Verdict.POSSIBLE, evidence, fix, cause)


def ruled_out(*evidence: str) -> Check:
    return Check(Verdict.RULED_OUT, evidence)


def unknown(*evidence: str, fix: str = "") -> Check:
    return Check(Verdict.UNKNOWN, evidence, fix)


def unread_because(fact: object) -> Check:
    """Unknown, since this could not be read."""
    return unknown(fact.reason if isinstance(fact, Unknown) else "it could not be read")


def fits(
    *exact: str,
    likely: tuple[str, ...] = (),
    statuses: tuple[int, ...] = (),
    when: Callable[[Signs], int] | None = None,
) -> Fit:
    """How well: by the words that are the cause's own, by words that it shares, by a bare status, or by something else."""

    def strength(signs: Signs) -> int:
        if exact and signs.says(*exact):
            return EXACT
        if likely and signs.says(*likely):
            return LIKELY
        return max(FAINT if signs.only(*statuses) else NOT, when(signs) if when else NOT)

    return strength
