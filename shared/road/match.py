"""Which rule an account falls under, and what that rule means for this very account. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from shared.models import Account, GroupRef
from shared.road.policy import Exemption, Grant, Match, Policy, Rule, group_ref


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rule an account falls under, or none; the exemption that holds today, or none."""

    rule: Rule | None
    exemption: Exemption | None = None

    @property
    def active_rule(self) -> Rule | None:
        """The rule to follow: none where an exemption holds."""
        return None if self.exemption else self.rule


def coverage(policy: Policy, account: Account, today: date) -> Coverage:
    """The first rule that matches, and the exemption that holds on `today`, its last day included."""
    rule = next((each for each in policy.rules if matches(each.match, account)), None)
    exemption = next(
        (each for each in policy.exemptions if each.account.lower() == account.id.key and today <= each.until), None
    )
    return Coverage(rule, exemption)


def matches(wanted: Match, account: Account) -> bool:
    """True where every part of the match holds for the account."""
    return (
        (not wanted.subscriptions or account.id.subscription in wanted.subscriptions)
        and _any_glob(wanted.resource_groups, account.id.resource_group)
        and _any_glob(wanted.accounts, account.id.name)
        and _any_glob(wanted.kinds, account.kind)
        and _any_glob(tuple(each.replace(" ", "") for each in wanted.locations), account.location)
        and _tags(wanted.tags, {name.lower(): value for name, value in account.tags.items()})
    )


def _any_glob(patterns: tuple[str, ...], value: str) -> bool:
    return not patterns or any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)


def _tags(wanted: dict[str, str], present: dict[str, str]) -> bool:
    return all(
        present.get(name.lower()) == value or (value == "*" and name.lower() in present)
        for name, value in wanted.items()
    )


def reference(grant: Grant, account: Account) -> GroupRef | None:
    """The group this grant means for this account; None where it is for project identities."""
    return group_ref(grant, _filled(grant.group_name, account) if grant.group_name else None)


def references(rule: Rule, account: Account) -> tuple[GroupRef, ...]:
    """Every group the rule names for this account, each once."""
    found = (reference(each, account) for each in rule.grants)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def on_request(rule: Rule, account: Account) -> tuple[GroupRef, ...]:
    """Every group that somebody may ask a role for on this account, each once."""
    found = (reference(each, account) for each in rule.on_request)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def subdomain_for(rule: Rule, account: Account) -> str | None:
    """The subdomain the rule gives this account; None where it gives none, or what it fills in makes no subdomain."""
    name = _filled(rule.subdomain, account).lower() if rule.subdomain else ""
    return name if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]", name) else None


def _filled(template: str, account: Account) -> str:
    """The name with its placeholders filled in; what has no value stays as it is, so that no shorter name is met."""
    values = {
        "account": account.id.name,
        "resourceGroup": account.id.resource_group,
        "subscription": account.id.subscription,
        "location": account.location,
        "kind": account.kind,
        **{f"tag:{name.lower()}": value for name, value in account.tags.items()},
    }

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return values.get(name.lower() if name.startswith("tag:") else name) or match.group()

    return re.sub(r"\{([^{}]*)\}", value, template)
