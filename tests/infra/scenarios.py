"""What the app is given its roles for: one short piece of its work for each, by its own parts, in the local Azure.

Every scenario begins anew, so that it can be run twice in one tenant; it raises where the app may not do its work.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from shared.models import GroupRef, KeyName, RoleGrant
from shared.resource_id import ResourceId
from shared.road.services import Services
from shared.sdk.blobs import read_if_changed
from shared.sdk.graph_subscriptions import Address
from simulator.client import Client
from simulator.company.identities import ALICE, CHAT_USERS, PLATFORM, UNKEYED
from simulator.company.places import GROUP_TOPIC, GROUP_TOPIC_LOCATION, VAULT_URL
from simulator.company.seed import INSTRUMENTATION, POLICY_URL
from tests.local import CHAT, USER_ROLE, LocalRun

TELEMETRY = "https://westeurope-5.in.applicationinsights.azure.com/v2.1/track"
GROUP = CHAT.partition("/providers/")[0]
HOUR = timedelta(hours=1)


class UndoneError(Exception):
    """Nobody refused the app, and yet its work is not done."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The app's services as a new process has them, and names that nothing has had before."""

    local: LocalRun
    services: Services
    name: str = field(default_factory=lambda: f"a{uuid.uuid4().hex[:12]}")

    @property
    def client(self) -> Client:
        return self.local.client

    @property
    def account(self) -> ResourceId:
        return ResourceId.account(f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/{self.name}")

    async def made(self) -> ResourceId:
        """The platform team makes an account of the stage's name."""
        properties = {"customSubDomainName": self.name, "allowProjectManagement": True}
        answer = await self.client.create_account(self.account.text, properties=properties)
        assert answer.status == 201, answer.body
        return self.account

    async def project(self) -> str:
        account = await self.made()
        assert (await self.client.add_project(account.text, "alpha")).status == 201
        return f"{account.text}/projects/alpha"

    async def hub(self) -> str:
        hub = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        assert (await self.client.add_workspace(hub)).status in {200, 201}
        return hub


type Scenario = Callable[[Stage], Awaitable[None]]


async def reads_an_account(stage: Stage) -> None:
    await stage.services.accounts.get(await stage.made())


async def turns_keys_off(stage: Stage) -> None:
    await stage.services.keys.set_access(await stage.made(), enabled=False)


async def lists_keys(stage: Stage) -> None:
    await stage.services.keys.list(await stage.made())


async def makes_a_key_new(stage: Stage) -> None:
    await stage.services.keys.regenerate(await stage.made(), KeyName.KEY1)


async def lists_deployments(stage: Stage) -> None:
    await stage.services.accounts.list_deployments(await stage.made())


async def lists_projects(stage: Stage) -> None:
    await stage.services.connections.projects_of((await stage.made()).text)


async def finds_a_deleted_account(stage: Stage) -> None:
    account = await stage.made()
    await stage.client.arm("DELETE", account.text)
    if not await stage.services.accounts.is_soft_deleted(account):
        raise UndoneError("the deleted account is not found")


async def looks_after_connections_of_an_account(stage: Stage) -> None:
    await _looks_after_connections(stage, (await stage.made()).text)


async def looks_after_connections_of_a_project(stage: Stage) -> None:
    await _looks_after_connections(stage, await stage.project())


async def looks_after_connections_of_a_hub(stage: Stage) -> None:
    await _looks_after_connections(stage, await stage.hub())


async def _looks_after_connections(stage: Stage, owner: str) -> None:
    """Writes one, lists and reads it, and removes it, as switching, finding and rolling back do."""
    connections, name = stage.services.connections, f"{owner}/connections/by-token"
    properties = {"authType": "AAD", "category": "AzureOpenAI", "target": "https://other.openai.azure.com/"}
    await connections.put(name, properties)
    await connections.list_of(owner)
    await connections.get(name)
    await connections.remove(name)


async def finds_a_hub(stage: Stage) -> None:
    hub = await stage.hub()
    subscription = stage.account.subscription
    if hub.lower() not in [each.id.lower() async for each in stage.services.connections.owners_in(subscription)]:
        raise UndoneError("the hub is not listed")


async def reads_deny_assignments(stage: Stage) -> None:
    await stage.services.denials.list_at_or_above((await stage.made()).text)


async def reads_a_role(stage: Stage) -> None:
    await stage.services.definitions.showing_keys(stage.account.subscription, [USER_ROLE])


async def looks_for_keys_in_use(stage: Stage) -> None:
    """Asks the request log, and, as it is empty, whether it is kept at all."""
    now = stage.services.now()
    account = await stage.made()
    await stage.services.logs.key_use(account, now - HOUR, now, (), HOUR)


async def proves_that_a_token_is_taken(stage: Stage) -> None:
    account = await stage.services.accounts.get(await stage.made())
    said = await stage.services.inference.probe(account)
    if not said.accepted:
        raise UndoneError(f"{said.code}: {said.detail}")


async def gives_a_role_and_takes_it_back(stage: Stage) -> None:
    assignments = stage.services.assignments
    grant = RoleGrant((await stage.made()).text, CHAT_USERS.id, "Group", USER_ROLE, "unkeyed: a scenario")
    made = await assignments.ensure(grant)
    await assignments.list_at_or_above(grant.scope)
    await assignments.remove(made)


async def publishes_a_key_and_withdraws_it(stage: Stage) -> None:
    vault, now = stage.services.vault, stage.services.now()
    made = await vault.publish(
        VAULT_URL,
        stage.name,
        "no key",
        key_name=KeyName.KEY1,
        account=stage.account,
        operation_id="scenario",
        expires=now + HOUR,
        now=now,
    )
    await vault.enable(VAULT_URL, made, enabled=False)
    await vault.get(VAULT_URL, stage.name)


async def publishes_an_outcome(stage: Stage) -> None:
    await stage.services.publisher.publish("AccountSealed", stage.account.text, {}, event_id=stage.name)
    if stage.name not in [each["id"] for each in await stage.client.outcomes()]:
        raise UndoneError("the topic has no such outcome")


async def subscribes_to_groups(stage: Stage) -> None:
    """Makes the subscription, which makes the partner topic, and looks whether that lets anything through."""
    watch, topic = stage.services.watch, ResourceId.parse(GROUP_TOPIC)
    for each in await watch.subscriptions.list():
        await watch.subscriptions.delete(each.id)
    address = Address(topic, GROUP_TOPIC_LOCATION)
    await watch.subscriptions.create(address, stage.name, stage.services.now() + timedelta(days=2))
    await watch.topics.activation(topic)


async def finds_a_group_and_who_is_in_it(stage: Stage) -> None:
    if not await stage.services.groups.find(GroupRef(name=CHAT_USERS.name)):
        raise UndoneError("the group is not found")
    _ = [each async for each in stage.services.watch.changes.members(CHAT_USERS.id)]


async def tells_who_a_user_is(stage: Stage) -> None:
    await stage.services.principals.membership(await stage.services.principals.get(ALICE.id))


async def tells_who_an_application_is(stage: Stage) -> None:
    await stage.services.principals.get(PLATFORM.id)
    await stage.services.principals.behind_client_id(PLATFORM.app_id)


async def reads_the_policy_in_a_blob(stage: Stage) -> None:
    await read_if_changed(stage.services.session, POLICY_URL, None)


async def sends_its_log(stage: Stage) -> None:
    """One item as the exporter sends it, by the app's identity: the exporter itself is one for a whole process."""
    token = await stage.client.token(UNKEYED.id, "https://monitor.azure.com")
    data = {"baseType": "MessageData", "baseData": {"message": stage.name}}
    item = {"name": "Message", "time": "2026-01-01T00:00:00Z", "iKey": INSTRUMENTATION, "data": data}
    answer = await stage.client.call("POST", TELEMETRY, [item], headers={"Authorization": f"Bearer {token}"})
    if answer.status != 200:
        raise UndoneError(str(answer.body))
