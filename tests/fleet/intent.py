"""What a policy asks for, worked out a second time and simply: the oracle that the fleet is compared with.

A policy here is a value that can be written as YAML and be read as meaning. Nothing of the product is used.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass

USER, FOUNDRY = "a97b65f3-24c7-4388-baec-2e87135dc908", "53ca6127-db72-4b80-b1b0-d745d6d5456d"
# The condition on the app's own role does not let it assign this one
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
ALIASES = {"cognitive-services-user": USER, "foundry-user": FOUNDRY, "cognitive-services-openai-user": OPENAI_USER}
PROBED = ("AIServices", "OpenAI")
ROAD = ("ready", "granted", "connected", "proven", "quiet", "revoked", "sealed")
NOBODY = "00000000-aaaa-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for a group: by the place of its id among all ids there ever were, or by a name with a placeholder."""

    role: str
    number: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    goal: str
    grants: tuple[Grant, ...] = ()
    group: str = "*"
    kind: str = ""
    tag: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`exempt` and `expired`, exempt until long ago, are account names; `ids` are what the numbers of grants mean."""

    rules: tuple[Rule, ...]
    exempt: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    limit: int = 1000
    ids: tuple[str, ...] = ()

    def text(self, places: Mapping[str, str]) -> str:
        """The policy as a person would write it; JSON is YAML. `places` are the ids of accounts by name."""
        wanted = [(name, "2099-01-31") for name in self.exempt] + [(name, "2020-01-31") for name in self.expired]
        return json.dumps(
            {
                "version": 1,
                "rules": [self._written(number, rule) for number, rule in enumerate(self.rules)],
                "exemptions": [{"account": places[name], "until": day, "reason": "so"} for name, day in wanted],
                "limits": {"changesPerHour": self.limit},
            },
            indent=1,
        )

    def _written(self, number: int, rule: Rule) -> dict[str, object]:
        match: dict[str, object] = {"resourceGroups": [rule.group]}
        if rule.kind:
            match["kinds"] = [rule.kind]
        if rule.tag:
            match["tags"] = {rule.tag[0]: rule.tag[1]}
        grants = [
            {"groupName": each.name, "role": each.role} if each.name else {"group": self.id_of(each), "role": each.role}
            for each in rule.grants
        ]
        return {"name": f"rule-{number}", "match": match, "goal": rule.goal, "grants": grants}

    def id_of(self, grant: Grant) -> str:
        return self.ids[(grant.number or 0) % len(self.ids)] if self.ids else NOBODY


@dataclass(frozen=True, slots=True)
class Seen:
    """An account as Resource Manager shows it to its owner."""

    id: str
    name: str
    group: str
    kind: str
    tags: Mapping[str, str]
    has_subdomain: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What should become of one account. `grants` are (principal, role) that must be held; `stuck` ones cannot be yet.

    `keeps` says that nothing on the account may change; `clean` that nothing may be left of what the app once made.
    """

    covered: str
    milestone: str | None = None
    grants: frozenset[tuple[str, str]] = frozenset()
    stuck: bool = False
    refused: bool = False
    keeps: bool = False
    clean: bool = False


def wish(policy: Policy, account: Seen, groups: Mapping[str, str], in_force: Container[tuple[str, str]]) -> Wish:
    """What the policy wants of this account.

    `groups` are the names of the living groups by id, `in_force` who holds which role there already: what the app may
    not assign is no matter where somebody else has.
    """
    rule = next((each for each in policy.rules if _falls_under(each, account)), None)
    if account.name in policy.exempt:
        return Wish("exempt", keeps=True)
    if rule is None:
        return Wish("uncovered", keeps=True)
    if not account.has_subdomain:
        return Wish("covered", keeps=True)
    if rule.goal == "ready":
        return Wish("covered", "ready", keeps=True)
    found = [(each, _principals(policy, each, account, groups)) for each in rule.grants]
    clear = frozenset((ids[0], ALIASES[each.role]) for each, ids in found if len(ids) == 1)
    grants = frozenset(each for each in clear if each[1] != OPENAI_USER or each in in_force)
    refused, stuck = grants != clear, any(len(ids) != 1 for _, ids in found)
    reached = "ready" if refused or stuck else _reached(rule.goal, account.kind)
    return Wish("covered", reached, grants, stuck, refused, clean=not refused and not stuck)


def _falls_under(rule: Rule, account: Seen) -> bool:
    tags = {name.lower(): value for name, value in account.tags.items()}
    return (
        rule.group in ("*", account.group.lower())
        and rule.kind in ("", account.kind)
        and (rule.tag is None or tags.get(rule.tag[0]) == rule.tag[1])
    )


def _principals(policy: Policy, grant: Grant, account: Seen, groups: Mapping[str, str]) -> list[str]:
    """The groups a grant could mean; only one is a clear word."""
    if not grant.name:
        return [policy.id_of(grant)] if policy.id_of(grant) in groups else []
    team = account.tags.get("team")
    name = grant.name.replace("{resourceGroup}", account.group)
    name = name.replace("{tag:team}", team) if team else name
    return [key for key, each in groups.items() if each.lower() == name.lower()]


def _reached(goal: str, kind: str) -> str:
    """How far this version walks: connections are left alone, a token proves only the kinds that can be asked."""
    end = "proven" if kind in PROBED else "connected"
    return min(goal, end, key=ROAD.index)
