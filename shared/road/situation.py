"""One account under one rule at one time: what every milestone is judged and planned from."""

from dataclasses import dataclass
from datetime import datetime

from shared.models import Account, AccountFacts, Milestone
from shared.road.policy import Rule


@dataclass(frozen=True, slots=True)
class Situation:
    account: Account
    rule: Rule
    facts: AccountFacts
    now: datetime

    @property
    def goal(self) -> Milestone:
        """How far the account is to go: the rule's goal, or where a rollback has stopped it."""
        stopped = self.facts.record.no_further
        return stopped if stopped and stopped.order < self.rule.goal.order else self.rule.goal

    def asks_for(self, milestone: Milestone) -> bool:
        return milestone.order <= self.goal.order

    @property
    def vault(self) -> str | None:
        """The vault whose secret gives the account's key to its consumers, None where there is none."""
        return self.rule.keys.vault if self.rule.keys else None

    @property
    def secret_name(self) -> str:
        """Subdomains are unique in all of Azure, and made of what a vault takes for a name."""
        return f"{(self.account.subdomain or self.account.id.name).lower()}-key"
