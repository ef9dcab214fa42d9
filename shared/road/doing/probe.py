"""The probe: a call to the account's own endpoint with a token."""

import logging
from dataclasses import replace

from shared.models import AccountFacts, Proof
from shared.road.services import Services
from shared.road.steps import Probe

_log = logging.getLogger(f"unkeyed.{__name__}")


async def probe(services: Services, step: Probe, facts: AccountFacts) -> AccountFacts:
    """The facts with what the endpoint has just said."""
    before = facts.proof
    answer = await services.inference.probe(step.account)
    refusals = 0 if answer.accepted else (before.refusals if before and not before.accepted else 0) + 1
    _log.info("probe: %s", answer.code, extra={"step": "Probe", "accepted": answer.accepted})
    proof = Proof(services.now(), step.account.endpoint or "", answer.accepted, answer.code, answer.detail, refusals)
    return replace(facts, proof=proof)
