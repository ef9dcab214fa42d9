"""Conditions of role assignments: what parses, and what it lets through."""

import pytest

from simulator.authorization import built_in, conditions

WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
USER_ROLE, FOUNDRY_USER = "a97b65f3-24c7-4388-baec-2e87135dc908", "53ca6127-db72-4b80-b1b0-d745d6d5456d"
ATTRIBUTE = "Microsoft.Authorization/roleAssignments:"
# The condition that the app's own assignment of Role Based Access Control Administrator carries
DELEGATION = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/"
    "roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {a97b65f3-24c7-4388-baec-2e87135dc908, "
    "53ca6127-db72-4b80-b1b0-d745d6d5456d} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] "
    "ForAnyOfAnyValues:StringEqualsIgnoreCase {'User', 'Group', 'ServicePrincipal'})) AND ((!(ActionMatches{"
    "'Microsoft.Authorization/roleAssignments/delete'})) OR (@Resource[Microsoft.Authorization/roleAssignments:"
    "RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {a97b65f3-24c7-4388-baec-2e87135dc908, 53ca6127-db72-4b80-b1b0-"
    "d745d6d5456d} AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] "
    "ForAnyOfAnyValues:StringEqualsIgnoreCase {'User', 'Group', 'ServicePrincipal'}))"
)


def lets_through(text: str, action: str = WRITE, **attributes: str) -> bool:
    """`request_RoleDefinitionId="…"` and the like give the attributes."""
    known = {tuple(name.lower().split("_")): value for name, value in attributes.items()}

    def look_up(source: str, name: str) -> tuple[str, ...]:
        value = known.get((source, name.rpartition(":")[2]))
        return () if value is None else (value,)

    return conditions.holds(conditions.parsed(text), action, look_up)


@pytest.mark.parametrize(
    ("role", "kind", "allowed"),
    [
        (USER_ROLE, "Group", True),
        (FOUNDRY_USER.upper(), "serviceprincipal", True),
        (built_in.OWNER, "Group", False),
        (USER_ROLE, "Device", False),
    ],
)
def test_the_delegation_condition_allows_its_roles_and_principal_types_only(
    role: str, kind: str, allowed: bool
) -> None:
    assert lets_through(DELEGATION, request_RoleDefinitionId=role, request_PrincipalType=kind) is allowed
    assert lets_through(DELEGATION, DELETE, resource_RoleDefinitionId=role, resource_PrincipalType=kind) is allowed


def test_an_attribute_that_was_not_sent_satisfies_nothing() -> None:
    assert not lets_through(DELEGATION, request_RoleDefinitionId=USER_ROLE)
    assert not lets_through(f"@Request[{ATTRIBUTE}PrincipalId] ForAnyOfAllValues:GuidNotEquals {{{USER_ROLE}}}")


def test_an_action_that_is_not_targeted_passes_without_a_look_at_attributes() -> None:
    assert lets_through(DELEGATION, "Microsoft.Resources/subscriptions/read")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", True),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", False),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", True),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", False),
        ("{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}", True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}", False),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}", True),
        ("'abcd' StringLike 'a*c?'", True),
        ("'abcd' StringLike 'A*C?'", False),
        ("'abcd' stringLikeIgnoreCase 'A*C?'", True),
        ("'abcd' StringNotStartsWith 'ab'", False),
        ("NOT ('a' StringEquals 'a') || true BoolEquals true", True),
        ("NotExists @Request[Microsoft.Authorization/roleAssignments:PrincipalType]", True),
        ("ActionMatches{'Microsoft.Authorization/roleAssignments/*'} && 'a' StringNotEquals 'b'", True),
    ],
)
def test_operators_behave_as_documented(text: str, expected: bool) -> None:
    assert lets_through(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "true",
        "(ActionMatches{'a/b'}",
        "ActionMatches{a/b}",
        "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}",
        "@Resource[Microsoft.ServiceBus/namespaces/queues:Name] StringEquals 'foo'",
        f"@Request[{ATTRIBUTE}Scope] StringEquals 'foo'",
        f"@Request[{ATTRIBUTE}PrincipalId] GuidEquals 'not a guid'",
        f"@Request[{ATTRIBUTE}PrincipalId] GuidResembles {USER_ROLE}",
        f"@Request[{ATTRIBUTE}PrincipalType] StringEquals {{'User', 'Group'}}",
        f"@Requested[{ATTRIBUTE}PrincipalType] StringEquals 'User'",
    ],
)
def test_what_azure_would_refuse_does_not_parse(text: str) -> None:
    with pytest.raises(conditions.ConditionInvalid):
        conditions.parsed(text)


def test_every_condition_of_a_built_in_role_parses() -> None:
    texts = [each.condition for role in built_in.BUILT_IN for each in role.permissions if each.condition]
    assert len(texts) == 3
    for each in texts:
        conditions.parsed(each)
