"""Who called, by a role from when, and what may stand before the role."""

from shared.models import Answer, Holding, Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import Check, confirmed, possible, ruled_out, unknown


def _letting_in(case: Case) -> Holding | None:
    """The role that lets the principal make the call; None where none surely does."""
    return case.allowed.holding if case.allowed and case.allowed.answer is Answer.YES else None


def no_such_principal(case: Case) -> Check | None:
    found = case.evidence.effective
    if isinstance(found, Unknown):
        return confirmed(found.reason) if found.code == "PrincipalNotFound" else None
    if found.principal.exists is Answer.NO:
        return confirmed(f"Microsoft Entra ID has no object {found.principal.id}; only its role assignments are left")
    if found.principal.exists is Answer.UNKNOWN:
        return unknown("whether the principal exists could not be read")
    return ruled_out(f"{found.principal.kind} {found.principal.name or found.principal.id} exists")


def recent(case: Case) -> Check | None:
    held = _letting_in(case)
    if held is None:
        return None
    if held.effective_from is None:
        return possible(f"when {held.role_name} reaches the data plane is not known", held.estimate)
    until = held.effective_from.isoformat(timespec="minutes")
    if held.effective_from <= case.evidence.now:
        return ruled_out(f"{held.role_name} is in force since about {until}")
    made = f", made {held.created_at.isoformat(timespec='minutes')}," if held.created_at else ""
    said = f"{held.role_name} at {held.scope}{made} is taken to be in force at {until}"
    return confirmed(said, held.estimate, fix=f"Wait until {until}, then sign in again and call.")


def old_token(case: Case) -> Check | None:
    held = _letting_in(case)
    if held is None:
        return None
    if not held.through:
        return ruled_out(f"the principal itself has {held.role_name}")
    chain = " in ".join(each.name or each.id for each in reversed(held.through))
    return possible(f"the role is held by the group {chain}; when the token was issued is not known", held.estimate)


def other_principal(case: Case) -> Check | None:
    named, asked = case.signs.principal, case.effective.principal.id if case.effective else ""
    if named and asked and named != asked.lower():
        fix = f"Ask about {named}, or sign in as {asked}."
        return confirmed(f"the call was made as {named}, not as {asked}", fix=fix)
    if _letting_in(case) is None:
        return None
    if named:
        return ruled_out(f"the call was made as {named}")
    probe = case.evidence.probe
    accepted = not isinstance(probe, Unknown) and probe.accepted
    taken = ("the account took the app's own token just now",) if accepted else ()
    return possible("the principal may call the account, so the token may be somebody else's", *taken)


def denied(case: Case) -> Check | None:
    allowed = case.allowed
    if allowed is None:
        return None
    if allowed.denial is None:
        return ruled_out("no deny assignment stands before it") if allowed.answer is not Answer.UNKNOWN else None
    if allowed.denial.applies is Answer.YES:
        return confirmed(allowed.reason, allowed.denial.reason)
    return unknown(allowed.reason)


def conditional(case: Case) -> Check | None:
    allowed = case.allowed
    if allowed is None or allowed.holding is None or not allowed.holding.condition:
        return None
    return possible(allowed.reason, f"condition: {allowed.holding.condition}")
