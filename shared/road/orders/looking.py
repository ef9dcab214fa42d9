"""What an order is judged by: the account as it is now, with all that the order depends on."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from shared.models import Account, AccountFacts, GroupRef, Milestone, Proof
from shared.models.orders import Order, OrderKind
from shared.resource_id import ResourceId
from shared.road import match
from shared.road.judge import judge
from shared.road.looking import seen
from shared.road.match import Coverage, coverage
from shared.road.observe import find_groups, observe
from shared.road.orders.standing import as_asked
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.situation import Situation
from shared.road.verdict import Verdict
from shared.road.walk import backoff

_BACK = frozenset({OrderKind.UNSEAL, OrderKind.ROLL_BACK})
_OF_GROUPS = frozenset({OrderKind.GRANT, OrderKind.REMOVE_GRANT})


@dataclass(frozen=True, slots=True)
class Sight:
    """The account and its facts under `policy`, which is the policy as the order reads it; `own` is the policy itself.

    `stopped` is where a rollback holds the account, which the facts leave out: an order is judged beyond it.
    """

    id: ResourceId
    facts: AccountFacts
    policy: Policy
    own: Policy
    stopped: Milestone | None

    @property
    def account(self) -> Account:
        """The account as the facts have it by now; raises as `look` does where it is gone."""
        return seen(self.id, self.facts)

    def found(self, now: datetime) -> Coverage:
        """What the policy itself says of the account."""
        return coverage(self.own, self.account, now.date())

    def situation(self, now: datetime) -> Situation | None:
        """What the order's steps are judged from, None where no rule is for the account."""
        rule = coverage(self.policy, self.account, now.date()).active_rule
        return Situation(self.account, rule, self.facts, now) if rule else None

    def verdict(self, now: datetime) -> Verdict:
        """Where the account stands by the policy itself."""
        record = replace(self.facts.record, no_further=self.stopped)
        return judge(replace(self.facts, record=record), self.own, now)


async def look(
    services: Services, account: ResourceId, order: Order, *, proof: Proof | None, attempt: int = 0
) -> Sight:
    """Reads the account for an order. Raises NotFoundError where it does not exist, TemporaryError where it cannot be read."""
    now = services.now()
    policy, record = await asyncio.gather(services.policy.current(now), services.records.get(account))
    asked = as_asked(policy, order)
    withdrawn = None if order.kind in _BACK else record.withdrawn  # a secret is looked at though it gives out nothing
    free = replace(record, no_further=None, withdrawn=withdrawn)
    facts = await observe(services, account, asked, proof, free, backoff(attempt, now), now)
    sight = Sight(seen(account, facts).id, facts, asked, policy, record.no_further)
    return await _with_groups(services, sight, order, backoff(attempt, now)) if order.kind in _OF_GROUPS else sight


async def _with_groups(services: Services, sight: Sight, order: Order, retry_at: datetime) -> Sight:
    """With the groups that may be asked for, and what is known of whoever the order names."""
    now, known = services.now(), sight.facts.groups
    rule = sight.found(now).active_rule
    named = (GroupRef(id=order.principal.lower()),) if order.principal else ()
    wanted = (*(match.on_request(rule, sight.account) if rule else ()), *named)
    found = await find_groups(services, [each for each in wanted if each not in known], retry_at, now)
    return replace(sight, facts=replace(sight.facts, groups={**known, **found}))
