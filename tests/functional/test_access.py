"""What somebody can do on an account, as the app tells it from the local Azure: by which roles and groups, and from when."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import NotFoundError, PermanentError, TemporaryError
from shared.models import Answer, Effective, PrincipalKind
from shared.resource_id import ResourceId
from shared.road.access.abilities import MODELS_CHAT, OPENAI_CHAT
from shared.road.access.decide import allows
from shared.road.access.reading import access
from simulator.authorization.built_in import CONTRIBUTOR, OWNER
from simulator.company.identities import ALICE, BOB, CAROL, CHAT_USERS, CONTRACTORS, UNKEYED
from tests.functional.road import Road
from tests.local import CHAT, USER_ROLE, LocalRun

GROUP, _, _ = CHAT.partition("/providers/")
SUBSCRIPTION = "/".join(CHAT.split("/")[:3])
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
NOBODY = "00000000-0000-4000-8000-00000000dead"
MODELS = "Microsoft.CognitiveServices/*"


@pytest.fixture
async def chat(road: Road) -> LocalRun:
    """An account, on which nobody has a role but those of the subscription."""
    await road.local.client.create_account(CHAT, properties={"customSubDomainName": "chat-one"})
    return road.local


async def view(local: LocalRun, principal: str, account: str = CHAT) -> Effective:
    return await access(local.services, ResourceId.account(account), principal)


def names(groups: Sequence[Any]) -> list[str]:
    return [each.name for each in groups]


async def identity_of(local: LocalRun, account: str) -> str:
    """The managed identity of an account that is made for it."""
    about: dict[str, Any] = {
        "identity": {"type": "SystemAssigned"},
        "properties": {"customSubDomainName": account.rpartition("/")[2]},
    }
    made = await local.client.create_account(account, **about)
    return str(made.body["identity"]["principalId"])


async def test_a_role_given_on_the_account_itself_is_direct_and_says_what_it_allows_and_from_when(
    chat: LocalRun,
) -> None:
    await chat.assign_by_hand(principal=CAROL.id, principalType="User")
    found = await view(chat, CAROL.id.upper())
    [held] = found.holdings
    assert (found.principal.kind, found.principal.name, found.principal.exists) == ("user", "Carol", "yes")
    assert (held.role_name, held.how, held.through, held.condition) == ("Cognitive Services User", "direct", (), "")
    assert (held.shows_keys, found.may_list_keys, found.may_infer) == ("yes", "yes", "yes")
    assert held.created_at
    assert held.effective_from == held.created_at + timedelta(minutes=5) == found.effective_from
    assert "five minutes" in held.estimate
    assert held.data_actions == (MODELS,)
    assert {each.answer for each in found.abilities} == {Answer.YES}
    assert found.unread == ()


async def test_roles_of_the_resource_group_subscription_and_management_group_are_inherited(chat: LocalRun) -> None:
    above = f"/providers/Microsoft.Management/managementGroups/{chat.client.variables['AZURE_TENANT_ID']}"
    for scope in (GROUP, SUBSCRIPTION):
        await chat.assign_by_hand(scope, CAROL.id, OPENAI_USER, principalType="User")
    await chat.client.grant(above, CAROL.id, OPENAI_USER)
    await chat.client.grant("/", CAROL.id, CONTRIBUTOR)
    found = await view(chat, CAROL.id)
    assert {each.how for each in found.holdings} == {"inherited"}
    waits = {
        each.scope.lower(): each.effective_from - each.created_at
        for each in found.holdings
        if each.effective_from and each.created_at
    }
    minutes, hours = timedelta(minutes=10), timedelta(hours=6)
    assert waits == {GROUP.lower(): minutes, SUBSCRIPTION.lower(): minutes, above.lower(): hours, "/": minutes}


async def test_a_role_held_through_groups_in_groups_comes_with_the_chain_of_groups(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    outer = await chat.client.add_group("sg-everybody", [CHAT_USERS.id])
    await chat.assign_by_hand(GROUP, outer, OPENAI_USER)
    alice, bob = await view(chat, ALICE.id), await view(chat, BOB.id)
    assert [names(each.through) for each in alice.holdings] == [["sg-chat-users"], ["sg-everybody", "sg-chat-users"]]
    chains = [names(each.through) for each in bob.holdings]
    assert chains == [["sg-chat-users", "sg-contractors"], ["sg-everybody", "sg-chat-users", "sg-contractors"]]
    assert all(each.chain_known and "token" in each.estimate for each in (*alice.holdings, *bob.holdings))
    assert (await view(chat, CAROL.id)).holdings == ()


async def test_access_takes_as_few_calls_as_it_says(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    await chat.client.simulator("DELETE", "traffic")
    await view(chat, BOB.id)
    calls = [each["url"] for each in await chat.client.traffic() if each["caller"] == UNKEYED.id]
    hosts = Counter(each.partition("://")[2].partition("/")[0] for each in calls)
    assert hosts == {"management.azure.com": 4, "graph.microsoft.com": 6}
    await chat.client.simulator("DELETE", "traffic")
    await view(chat, BOB.id)
    again = [each["url"] for each in await chat.client.traffic() if each["caller"] == UNKEYED.id]
    assert len(again) == len(calls) - 1  # the role's definition is kept


async def test_a_group_is_answered_for_as_a_group(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    found = await view(chat, CONTRACTORS.id)
    assert found.principal.kind is PrincipalKind.GROUP
    assert [names(each.through) for each in found.holdings] == [["sg-chat-users"]]
    assert found.may_infer is Answer.YES
    assert "This is a group" in found.notes[0]
    assert (await view(chat, CHAT_USERS.id)).holdings[0].through == ()


async def test_owner_and_contributor_let_nobody_call_a_model_but_list_the_keys(chat: LocalRun) -> None:
    for role in (OWNER, CONTRIBUTOR):
        await chat.assign_by_hand(GROUP, CAROL.id, role, principalType="User")
    found = await view(chat, CAROL.id)
    assert (found.may_infer, found.may_list_keys, found.effective_from) == ("no", "yes", None)
    assert any("no data actions" in each for each in found.notes)


async def test_a_role_for_openai_covers_no_other_model_and_shows_no_keys(chat: LocalRun) -> None:
    await chat.assign_by_hand(principal=CAROL.id, role=OPENAI_USER, principalType="User")
    found = await view(chat, CAROL.id)
    assert (found.may_infer, found.may_list_keys) == ("yes", "no")
    assert allows(found, OPENAI_CHAT).answer is Answer.YES
    refused = allows(found, MODELS_CHAT)
    assert (refused.answer, refused.holding) == (Answer.NO, None)
    assert any("OpenAI's models" in each for each in found.notes)


async def test_a_deny_assignment_beats_the_roles_of_all_but_those_it_excludes(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    await chat.client.deny(GROUP, "stack", dataActions=[MODELS], excluded=[CONTRACTORS.id])
    alice, bob = await view(chat, ALICE.id), await view(chat, BOB.id)
    refused = allows(alice, OPENAI_CHAT)
    assert (alice.may_infer, refused.answer) == ("no", "no")
    assert refused.denial
    assert refused.denial.name == "stack"
    assert [each.reason for each in alice.denials] == ["it is for all principals"]
    assert (bob.may_infer, bob.denials) == ("yes", ())


async def test_a_deny_assignment_that_spares_what_lies_below_does_not_reach_the_account(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    await chat.client.deny(GROUP, "spares", dataActions=[MODELS], sparesChildren=True)
    assert (await view(chat, ALICE.id)).denials == ()
    await chat.client.deny(
        CHAT, "does not", actions=["*/listKeys/action"], principals=[CHAT_USERS.id], sparesChildren=True
    )
    found = await view(chat, BOB.id)
    assert [each.reason for each in found.denials] == [f"it names its group {CHAT_USERS.id}"]
    assert (found.may_infer, found.may_list_keys) == ("yes", "no")


async def test_a_role_with_a_condition_is_never_counted_as_surely_allowed(chat: LocalRun) -> None:
    text = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'User'))"
    await chat.client.grant(CHAT, CAROL.id, USER_ROLE, condition=text)
    found = await view(chat, CAROL.id)
    assert [each.condition for each in found.holdings] == [text]
    assert (found.may_infer, found.may_list_keys, found.effective_from) == ("unknown", "unknown", None)
    assert "condition" in allows(found, OPENAI_CHAT).reason


async def test_a_managed_identity_in_a_group_may_have_to_wait_for_a_day(chat: LocalRun) -> None:
    identity = await identity_of(chat, f"{CHAT}-agent")
    group = await chat.client.add_group("sg-agents", [identity])
    await chat.assign_by_hand(principal=group)
    found = await view(chat, identity)
    assert found.principal.kind is PrincipalKind.MANAGED_IDENTITY
    assert [names(each.through) for each in found.holdings] == [["sg-agents"]]
    assert "once a day" in found.holdings[0].estimate
    await chat.assign_by_hand(principal=identity, role=OPENAI_USER, principalType="ServicePrincipal")
    own = next(each for each in (await view(chat, identity)).holdings if not each.through)
    assert "five minutes" in own.estimate


async def test_the_role_of_a_principal_that_was_deleted_is_shown_as_nobodys(chat: LocalRun) -> None:
    group = await chat.client.add_group("sg-gone", [CAROL.id])
    await chat.assign_by_hand(principal=group)
    assert (await view(chat, CAROL.id)).may_infer is Answer.YES
    await chat.client.delete_group(group)
    found = await view(chat, group)
    assert (found.principal.exists, found.principal.kind) == ("no", "unknown")
    assert [each.role for each in found.holdings] == [USER_ROLE]
    assert (found.may_infer, found.may_list_keys) == ("unknown", "unknown")
    assert "Identity not found" in found.notes[0]
    assert (await view(chat, CAROL.id)).holdings == ()


async def test_what_nobody_knows_is_said_to_be_unknown_or_to_be_another_kind_of_id(chat: LocalRun) -> None:
    with pytest.raises(NotFoundError, match="no user, group or service principal"):
        await view(chat, NOBODY)
    with pytest.raises(NotFoundError, match=f"client id of 'unkeyed'.*{UNKEYED.id}"):
        await view(chat, UNKEYED.app_id)
    with pytest.raises(PermanentError, match="not an object id"):
        await view(chat, "alice@contoso.example")
    with pytest.raises(NotFoundError):
        await view(chat, ALICE.id, f"{CHAT}-none")


async def test_where_the_groups_may_not_be_read_azure_says_which_roles_are_somebodys(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    await refused_by_graph(chat)
    found = await view(chat, BOB.id)
    assert (found.principal.kind, found.principal.exists) == ("unknown", "unknown")
    assert [(each.role, each.chain_known, each.through[0].id) for each in found.holdings] == [
        (USER_ROLE, False, CHAT_USERS.id)
    ]
    assert (found.may_infer, found.may_list_keys) == ("yes", "yes")
    assert {each.permission for each in found.unread} == {"the Microsoft Graph permission User.Read.All"}
    await chat.client.deny(CHAT, "perhaps", dataActions=[MODELS], principals=[CONTRACTORS.id])
    doubted = await view(chat, BOB.id)
    assert doubted.may_infer is Answer.UNKNOWN
    assert "groups could not be read" in allows(doubted, OPENAI_CHAT).reason


async def test_what_may_not_be_read_of_one_type_hides_nothing_of_the_others(chat: LocalRun) -> None:
    identity = await identity_of(chat, f"{CHAT}-agent")
    group = await chat.client.add_group("sg-agents", [identity])
    await chat.assign_by_hand(principal=group)
    await chat.client.fault(path="/servicePrincipals", caller=UNKEYED.id, times=50, answer=denied("Authorization"))
    found = await view(chat, identity)
    assert [each.permission for each in found.unread] == ["the Microsoft Graph permission Application.Read.All"]
    assert [each.through[0].id for each in found.holdings] == [group]
    assert (found.may_infer, found.may_list_keys) == ("yes", "yes")
    assert (await view(chat, ALICE.id)).unread == ()


async def test_a_chain_that_may_not_be_read_leaves_the_role_and_names_its_group(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    await chat.client.fault(path="/memberOf", caller=UNKEYED.id, times=50, answer=denied("Authorization"))
    [held] = (await view(chat, BOB.id)).holdings
    assert (names(held.through), held.chain_known) == (["sg-chat-users"], False)
    await chat.client.clear_faults()
    await chat.client.fault(path="/members/", caller=UNKEYED.id, times=50, answer=denied("Authorization"))
    found = await view(chat, BOB.id)
    assert (names(found.holdings[0].through), found.holdings[0].chain_known) == (["sg-chat-users"], False)
    assert [each.permission for each in found.unread] == ["the Microsoft Graph permission GroupMember.Read.All"]
    assert found.may_infer is Answer.YES


async def test_what_could_not_be_read_is_never_no_access_and_never_no_keys(chat: LocalRun) -> None:
    await refused_by_graph(chat)
    nothing = await view(chat, CONTRACTORS.id)
    assert (nothing.may_infer, nothing.may_list_keys) == ("unknown", "unknown")
    await chat.client.clear_faults()
    await chat.assign_by_hand()
    await chat.client.fault(path="roleDefinitions", caller=UNKEYED.id, answer=denied("AuthorizationFailed"))
    found = await view(chat, BOB.id)
    assert [each.shows_keys for each in found.holdings] == [Answer.UNKNOWN]
    assert (found.may_infer, found.may_list_keys) == ("unknown", "unknown")
    await chat.client.clear_faults()
    await chat.client.fault(path="denyAssignments", caller=UNKEYED.id, answer=denied("AuthorizationFailed"))
    found = await view(chat, BOB.id)
    assert (found.may_infer, found.may_list_keys) == ("unknown", "unknown")
    assert "deny assignments could not be read" in allows(found, OPENAI_CHAT).reason


async def test_what_fails_for_now_is_raised_to_be_tried_again(chat: LocalRun) -> None:
    busy = {"status": 503, "code": "ServiceUnavailable", "headers": {"Retry-After": "30"}}
    await chat.client.fault(host="graph.microsoft.com", times=10, answer=busy)
    with pytest.raises(TemporaryError):
        await view(chat, BOB.id)


async def test_a_sealed_account_lists_no_keys_whatever_the_roles(chat: LocalRun) -> None:
    await chat.assign_by_hand()
    assert (await chat.client.arm("PATCH", CHAT, {"properties": {"disableLocalAuth": True}})).status == 200
    found = await view(chat, BOB.id)
    assert (found.key_access_off, found.may_list_keys) == (True, "yes")
    assert any("Key access is off" in each for each in found.notes)


async def refused_by_graph(local: LocalRun) -> None:
    await local.client.fault(
        host="graph.microsoft.com", times=50, caller=UNKEYED.id, answer=denied("Authorization_RequestDenied")
    )


def denied(code: str) -> dict[str, Any]:
    return {"status": 403, "code": code, "message": "Insufficient privileges to complete the operation."}
