"""The policy: which accounts go how far, and who gets which role on them. docs/policy.md explains it to people."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from shared.errors import PolicyError
from shared.models import GroupRef, Milestone
from shared.resource_id import ResourceId, ResourceIdError
from shared.road.yaml_lines import YamlDocument, YamlFault
from shared.roles import ALIASES, is_guid, role_guid

GROUP_NAME_PLACEHOLDERS = ("account", "resourceGroup", "subscription", "location", "kind")
_VAULT = re.compile(r"https://[a-z0-9-]+\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _role(value: str) -> str:
    found = role_guid(value)
    if found is None:
        raise ValueError(f"'{value}' is not a role; use a role's GUID or one of {', '.join(sorted(ALIASES))}")
    return found


def _guid(value: str) -> str:
    if not is_guid(value):
        raise ValueError(f"'{value}' is not a GUID")
    return value.strip().lower()


def _account_id(value: str) -> str:
    try:
        return ResourceId.account(value).text
    except ResourceIdError as error:
        raise ValueError(str(error)) from error


def _group_name(value: str) -> str:
    names = [name for name in _PLACEHOLDER.findall(value) if name not in GROUP_NAME_PLACEHOLDERS]
    unknown = [name for name in names if not name.startswith("tag:")]
    if unknown or not value.strip():
        raise ValueError(
            f"'{value}' is not a group name; in braces it takes {', '.join(GROUP_NAME_PLACEHOLDERS)} or tag:<name>"
        )
    return value.strip()


def _subdomain(value: str) -> str:
    plain = _PLACEHOLDER.sub("a", _group_name(value))
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", plain, re.IGNORECASE):
        raise ValueError(
            f"'{value}' is not a subdomain; it takes letters, digits and hyphens, and placeholders in braces"
        )
    return value.strip().lower() if "{" not in value else value.strip()


def _duration(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?", value):
        raise ValueError(f"{value!r} is not a duration; write P14D for 14 days, PT24H for 24 hours")
    return value


def _vault(value: str) -> str:
    """A key is published to a key vault only, never to any other address that somebody may write into a policy."""
    if not _VAULT.fullmatch(value.rstrip("/")):
        raise ValueError(f"'{value}' is not the address of a key vault; write https://<name>.vault.azure.net")
    return value.rstrip("/")


def _words(value: Any) -> Any:
    """YAML reads 1, yes and 2027-01-31 as other things than text; a tag value is always text."""
    return value if isinstance(value, str | list | dict) or value is None else str(value).lower()


type Role = Annotated[str, AfterValidator(_role), Field(description="A role by alias or by GUID, never by name.")]
type Guid = Annotated[str, AfterValidator(_guid)]
type AccountId = Annotated[str, AfterValidator(_account_id)]
type Duration = Annotated[
    timedelta, BeforeValidator(_duration), Field(json_schema_extra={"type": "string", "format": "duration"})
]
type Name = Annotated[str, Field(min_length=1, max_length=90)]


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=False,
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
    )


class Match(_Model):
    """Which accounts a rule is for. What is left out matches all; what is listed is one of; all parts must hold."""

    subscriptions: tuple[Guid, ...] = ()
    resource_groups: tuple[Name, ...] = Field((), description="Names, with * and ? as wildcards; case does not count.")
    accounts: tuple[Name, ...] = Field((), description="Account names, with * and ? as wildcards.")
    kinds: tuple[Name, ...] = Field((), description="AIServices, OpenAI, …; case does not count.")
    locations: tuple[Name, ...] = ()
    tags: dict[str, Annotated[str, BeforeValidator(_words)]] = Field(
        {}, description="Tags an account must have; a value of * asks only that the tag is there."
    )


class Grant(_Model):
    """One role for one group (by object id or by name), or for the identities of the account's projects."""

    group: Guid | None = Field(None, description="The group's object id.")
    group_name: Annotated[str, AfterValidator(_group_name)] | None = Field(
        None, description="The group's display name; {resourceGroup}, {account}, {tag:team} … are filled in."
    )
    project_identities: Literal[True] | None = None
    role: Role

    @model_validator(mode="after")
    def _one_principal(self) -> Self:
        given = [each for each in (self.group, self.group_name, self.project_identities) if each is not None]
        if len(given) != 1:
            raise ValueError("a grant takes exactly one of group, groupName, projectIdentities")
        return self


class Keys(_Model):
    """How keys are rotated, and what makes both die."""

    rotate_every: Duration | None = None
    grace: Duration = timedelta(hours=24)
    vault: Annotated[str, AfterValidator(_vault)] | None = None
    revoke_on: tuple[Literal["memberRemoved", "keysListed"], ...] = ()

    @model_validator(mode="after")
    def _a_vault_to_rotate_into(self) -> Self:
        if self.rotate_every is not None and self.vault is None:
            raise ValueError("rotateEvery needs vault: consumers read the new key from a secret in it")
        if self.rotate_every is not None and self.rotate_every <= self.grace:
            raise ValueError("rotateEvery must be longer than grace, for which a key stays alive after it was replaced")
        return self


class Rule(_Model):
    """Accounts that match go as far as `goal`; the first rule that matches counts."""

    name: Name
    match: Match = Match()
    goal: Milestone
    grants: tuple[Grant, ...] = ()
    on_request: tuple[Grant, ...] = Field(
        (),
        description="Which groups may be given which roles when somebody asks for it by HTTP; no pass gives or takes these.",
    )
    subdomain: Annotated[str, AfterValidator(_subdomain)] | None = Field(
        None,
        description="The custom subdomain to give an account that has none, for good; {account} and others are filled in.",
    )
    connections: Literal["entra", "leave"] = "leave"
    orphans: Literal["own", "all", "leave"] = Field(
        "own",
        description="Which assignments of groups that are gone are removed from the account: those the app made, all, none.",
    )
    keys: Keys | None = None
    quiet: Duration = timedelta(days=14)
    propagation: Duration = Field(
        timedelta(minutes=5),
        description="How long after the last grant connections are switched: Azure takes that long to spread a role.",
        json_schema_extra={"type": "string", "format": "duration"},
    )

    @field_validator("on_request")
    @classmethod
    def _requests_for_groups(cls, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        if any(each.project_identities for each in grants):
            raise ValueError("onRequest takes group or groupName: project identities are given their roles by grants")
        return grants


class Exemption(_Model):
    """An account that is left alone up to and including a day."""

    account: AccountId
    until: date
    reason: Name


class Limits(_Model):
    """How much the app may change before it stops and says so."""

    changes_per_hour: int = Field(200, ge=1, le=100_000)
    repairs_per_day: int = Field(3, ge=1, le=100)


class Policy(_Model):
    """The whole policy."""

    version: Literal[1]
    rules: tuple[Rule, ...] = Field(json_schema_extra={"minItems": 1})
    exemptions: tuple[Exemption, ...] = ()
    limits: Limits = Limits()

    @field_validator("rules")
    @classmethod
    def _rules_with_names_that_differ(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        if not rules:
            raise ValueError("a policy has at least one rule")
        names = [rule.name for rule in rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"rule names must differ; used twice: {', '.join(twice)}")
        return rules


def group_ref(grant: Grant, filled_name: str | None) -> GroupRef | None:
    """How this grant names its group, None where it is for project identities."""
    if grant.project_identities:
        return None
    return GroupRef(id=grant.group) if grant.group else GroupRef(name=filled_name)


def parse_policy(text: str, origin: str) -> Policy:
    """The policy in `text`; raises PolicyError with one line per fault, each with its place and line."""
    try:
        document = YamlDocument(text)
        return Policy.model_validate(document.value)
    except YamlFault as error:
        raise PolicyError(f"{origin} is not valid YAML", [str(error)]) from error
    except ValidationError as error:
        faults = [_fault(document, dict(each)) for each in error.errors(include_url=False, include_context=False)]
        raise PolicyError(f"{origin} is not a valid policy", faults) from error


def _fault(document: YamlDocument, error: dict[str, Any]) -> str:
    path = tuple(each for each in error["loc"] if each != "[key]")
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path).lstrip(".") or "policy"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "is not a word of the policy here"
    elif error["type"] == "missing":
        message = "is missing"
    return f"line {document.line(path)}, {place}: {message}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors."""
    schema = Policy.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "unkeyed policy", **schema}
