"""From an error to its cause: what fits is checked against the account as it is, and put in order."""

from shared.errors import PermanentError
from shared.resource_id import ResourceId
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import NOT, Cause, Check
from shared.road.diagnose.causes import CAUSES
from shared.road.diagnose.evidence import Evidence, gather
from shared.road.diagnose.finding import Diagnosis, Finding, Verdict
from shared.road.diagnose.symptom import Signs, Symptom, read
from shared.road.services import Services
from shared.roles import is_guid

LEAKED = (
    "The error's text holds what looks like a key or a token. It was cut out and is kept nowhere here, but take it for leaked: "
    "revoke the account's keys, or let the token expire."
)


async def diagnose(services: Services, account: ResourceId, symptom: Symptom, principal_id: str | None) -> Diagnosis:
    """What the error comes from, the most likely cause first, with what speaks for it and what to do.

    Takes as long as `access` and two rounds of calls more beside it, one of them to the account's own endpoint with the app's
    token. What cannot be read is said, and counts neither for nor against a cause. Raises PermanentError where `principal_id`
    is no object id ("Configure Microsoft Entra ID for inference", troubleshooting).
    """
    signs = read(symptom)
    principal = (principal_id or signs.principal).strip().lower() or None
    if principal and not is_guid(principal):
        raise PermanentError(
            f"'{principal[:100]}' is not an object id; give the GUID that Microsoft Entra ID shows as Object ID",
            code="InvalidPrincipalId",
        )
    return judged(account, principal, signs, await gather(services, account, principal))


def judged(account: ResourceId, principal: str | None, signs: Signs, evidence: Evidence) -> Diagnosis:
    """The diagnosis of an error by what was read of its account. Pure."""
    case = Case(signs, evidence)
    weighed = [(cause, cause.fits(signs), cause.check(case)) for cause in CAUSES]
    ordered = sorted(
        ((_rank(strength, check), cause, strength, check) for cause, strength, check in weighed if check is not None),
        key=lambda each: each[0],
    )
    found = [_finding(cause, strength, check) for _, cause, strength, check in ordered]
    return Diagnosis(
        account=account.text,
        principal_id=principal,
        at=evidence.now,
        status=signs.status,
        client=signs.client,
        findings=tuple(each for each in found if _is_told(each)),
        ruled_out=tuple(each for each in found if each.explains and each.verdict is Verdict.RULED_OUT),
        unread=evidence.missing,
        warnings=(LEAKED,) if signs.holds_secret else (),
    )


def _is_told(finding: Finding) -> bool:
    """What explains the error or may, and what is surely wrong besides."""
    return finding.verdict is Verdict.CONFIRMED or (finding.explains and finding.verdict is not Verdict.RULED_OUT)


def _rank(strength: int, check: Check) -> tuple[int, int]:
    """What surely explains the error comes first, then what may, then what is wrong besides."""
    if strength == NOT:
        return 2, 0
    return (0 if check.verdict is Verdict.CONFIRMED else 1), -strength


def _finding(cause: Cause, strength: int, check: Check) -> Finding:
    return Finding(
        code=cause.code,
        verdict=check.verdict,
        cause=check.cause or cause.cause,
        evidence=tuple(each for each in check.evidence if each),
        fix=check.fix or cause.fix,
        source=cause.source,
        applies_to=cause.applies_to,
        explains=strength > NOT,
    )
