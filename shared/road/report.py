"""What a pass leaves behind for people: the account's posture, and the outcome events of what is new in it."""

from datetime import datetime
from typing import Any

from shared.models import Account, AccountFacts, Unknown, WorkItem
from shared.road.blockers import lasting
from shared.road.services import Services
from shared.road.verdict import Blocker, Verdict
from shared.sdk.vault import fingerprint
from shared.store.postures import Posture

_OF_ACCOUNT = ("kind", "location", "local_auth_disabled", "created_at")


def posture_after(
    item: WorkItem,
    facts: AccountFacts,
    verdict: Verdict,
    before: Posture | None,
    started: datetime,
    now: datetime,
    retry_at: datetime | None,
) -> Posture:
    """The account's posture after a pass; milestones keep the time they were first reached."""
    reached = {each: standing.evidence for each, standing in verdict.standings.items() if standing.reached}
    since = before.reached if before else {}
    return Posture(
        account=facts.account.id if isinstance(facts.account, Account) else item.account,
        covered=verdict.covered,
        rule=verdict.rule,
        goal=verdict.goal,
        milestone=verdict.milestone,
        note=verdict.note,
        blockers=tuple(as_data(lasting(each, item.attempt)) for each in verdict.blockers),
        reached={each: since.get(each, now.isoformat()) for each in reached},
        evidence={str(each): text for each, text in reached.items()},
        proof=facts.proof,
        pass_started=started,
        pass_finished=now,
        operation_id=item.operation_id,
        cause=item.cause,
        retry_at=retry_at,
        advice=tuple(as_data(each) for each in verdict.advice),
        arriving=tuple(each for each in facts.record.arriving if each.effective > now),
        keys={str(name): at.isoformat() for name, at in sorted(facts.record.regenerated.items())},
        **_of_account(facts.account, before),
    )


def _of_account(account: Account | Unknown | None, before: Posture | None) -> dict[str, Any]:
    """What a posture keeps of the account itself; of one that could not be read now, what was known before."""
    found = account if isinstance(account, Account) else before
    return {name: getattr(found, name) for name in _OF_ACCOUNT} if found else {}


def as_data(blocker: Blocker) -> dict[str, str]:
    """The blocker as rows keep it."""
    return {
        "code": blocker.code,
        "milestone": blocker.milestone,
        "message": blocker.message,
        "fix": blocker.fix,
        "source": blocker.source,
    }


async def announce(services: Services, before: Posture | None, after: Posture) -> None:
    """Says what is new since the last pass: a milestone reached, a blocker a person has to know of."""
    common = {"operationId": after.operation_id, "rule": after.rule, "goal": after.goal}
    said = {(each["code"], each["message"]) for each in before.blockers if each["fix"]} if before else set()
    for blocker in after.blockers:
        if blocker["fix"] and (blocker["code"], blocker["message"]) not in said:
            # An operation may say the same code of several things, and again of others when it looks again
            event_id = f"{after.operation_id}-{blocker['code']}-{fingerprint(blocker['message'])}"
            await services.publisher.publish("Blocked", after.account.text, {**common, **blocker}, event_id=event_id)
    if after.milestone and (before is None or before.milestone != after.milestone):
        data = {**common, "milestone": after.milestone}
        event_id = f"{after.operation_id}-{after.milestone}"
        await services.publisher.publish("MilestoneReached", after.account.text, data, event_id=event_id)
