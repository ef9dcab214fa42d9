"""The seeded company's partner topic: the app asks Microsoft Graph for it, the operators see to it, events reach the app."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from simulator.azure import Azure
from simulator.client import Client as LocalClient
from simulator.company.identities import ALICE, CHAT_USERS, CONTRACTORS, PRODUCTION, UNKEYED
from simulator.company.places import GROUP_TOPIC, GROUP_TOPIC_LOCATION
from simulator.company.seed import Company
from simulator.directory.graph import Graph
from simulator.event_grid.routes import ROUTES
from simulator.resource_manager.front import Front
from simulator.traffic import WRONG_ON_PURPOSE
from simulator.wire import Json
from tests.contract.simulator.calling import Answer, Client
from tests.contract.simulator.test_event_grid import Receiver, until
from tests.local import Place
from tests.traffic import FOLDER

ADDRESS = (
    f"EventGrid:?azuresubscriptionid={PRODUCTION}&resourcegroup=rg-unkeyed&partnertopic=unkeyed-groups"
    f"&location={GROUP_TOPIC_LOCATION}"
)


class App:
    """The app's identity in the seeded company, with a function for groups at the hook."""

    def __init__(self, hook: Receiver) -> None:
        self.azure = Azure(FOLDER)
        self.company = Company(webhooks={"group_events": hook.url})
        self.company.seed(self.azure)
        self.identity = self.azure.directory.service_principals[UNKEYED.id]
        graph = Client(self.azure, Graph(self.azure), "graph.microsoft.com")
        self.graph = graph.as_(self.identity, "https://graph.microsoft.com", roles=sorted(self.identity.graph_roles))
        front = Client(self.azure, Front(self.azure, [ROUTES]), "management.azure.com")
        self.arm = front.as_(self.identity, "https://management.azure.com")

    async def subscribe(self) -> Answer:
        expires = self.azure.clock.now() + timedelta(days=28)
        body = {
            "changeType": "updated,deleted",
            "notificationUrl": ADDRESS,
            "lifecycleNotificationUrl": ADDRESS,
            "resource": "groups",
            "expirationDateTime": expires.isoformat(),
            "clientState": "of the app",
        }
        return await self.graph.post("/v1.0/subscriptions", body)

    async def topic(self) -> Json:
        answer = await self.arm.get(f"{GROUP_TOPIC}?api-version=2022-06-15")
        assert answer.status == 200, answer.body
        properties: Json = answer.body["properties"]
        return properties

    def operators_come(self, seconds: float) -> None:
        self.azure.knobs = self.azure.knobs.turned({"partner_topic_operators": seconds})


@pytest.fixture
async def app(hook: Receiver) -> AsyncIterator[App]:
    made = App(hook)
    yield made
    await made.azure.events.aclose()


async def test_the_apps_subscription_makes_a_topic_that_the_operators_activate_and_subscribe_it_to(
    app: App, hook: Receiver
) -> None:
    assert (await app.arm.get(f"{GROUP_TOPIC}?api-version=2022-06-15")).status == 404
    assert (await app.subscribe()).status == 201
    assert (await app.topic())["activationState"] == "NeverActivated"
    app.azure.clock.advance(1)
    await until(lambda: app.azure.events.described()["subscriptions"].get("unkeyed-groups") == "Succeeded")
    assert (await app.topic())["activationState"] == "Activated"
    app.azure.directory.groups.remove_member(app.azure.directory.groups[CHAT_USERS.id], ALICE.id)
    await until(lambda: hook.got)
    headers, event = hook.got[0]
    assert (headers["aeg-event-type"], event["type"]) == ("Notification", "Microsoft.Graph.GroupUpdated")
    assert (event["subject"], event["data"]["clientState"]) == (f"Groups/{CHAT_USERS.id}", "of the app")


async def test_operators_that_do_not_come_leave_the_topic_to_expire_and_may_come_later(
    app: App, hook: Receiver
) -> None:
    app.operators_come(-1)
    await app.subscribe()
    app.azure.clock.advance(3600)
    app.azure.directory.groups.remove_member(app.azure.directory.groups[CHAT_USERS.id], ALICE.id)
    assert (await app.topic())["activationState"] == "NeverActivated"
    assert len(app.azure.events.graph.lost) == 1
    app.operators_come(0)
    await until(lambda: "unkeyed-groups" in app.azure.events.described()["subscriptions"])
    assert (await app.topic())["activationState"] == "Activated"


async def test_the_app_reads_its_topic_and_manages_nothing_of_it(app: App) -> None:
    await app.subscribe()
    for method, path in (
        ("POST", "/activate"),
        ("POST", "/deactivate"),
        ("DELETE", ""),
        ("PUT", "/eventSubscriptions/x-y"),
    ):
        answer = await app.arm.call(
            method, f"{GROUP_TOPIC}{path}?api-version=2022-06-15", {} if method == "PUT" else None,
            **{"Content-Type": "application/json", WRONG_ON_PURPOSE: "1"},
        )  # fmt: skip
        assert (answer.status, answer.error["code"]) == (403, "AuthorizationFailed")
    early = await app.arm.get(f"{GROUP_TOPIC}?api-version=2021-12-01", **{WRONG_ON_PURPOSE: "1"})
    assert (early.status, early.error["code"]) == (400, "NoRegisteredProviderFound")


async def test_an_app_that_comes_up_late_is_subscribed_then(app: App, hook: Receiver) -> None:
    url, app.company.webhooks = hook.url, {}
    app.operators_come(0)
    await app.subscribe()
    await until(lambda: app.azure.events.partners.topics[GROUP_TOPIC.lower()].activation == "Activated")
    assert "unkeyed-groups" not in app.azure.events.described()["subscriptions"]
    app.company.webhooks = {"group_events": url}
    app.company.subscribe(app.azure)
    assert "unkeyed-groups" in app.azure.events.described()["subscriptions"]


async def test_the_platform_team_changes_groups_as_people_do(place: Place) -> None:
    async with LocalClient(place.variables) as client:
        await client.reset()
        group, steps = CHAT_USERS.id, []
        steps.append(await client.remove_member(group, ALICE.id))
        steps.append(await client.remove_member(group, ALICE.id))
        steps.append(await client.add_member(group, UNKEYED.id))
        steps.append(await client.rename_group(group, "sg-renamed"))
        steps.append(await client.delete_group(group))
        steps.append(await client.graph("GET", f"/groups/{group}"))
        steps.append(await client.restore_group(group))
        assert [each.status for each in steps] == [204, 404, 204, 204, 204, 404, 200]
        assert steps[-1].body["displayName"] == "sg-renamed"
        members = (await client.graph("GET", f"/groups/{group}/members?$select=id&$top=999")).body["value"]
        assert {each["id"]: each["@odata.type"] for each in members} == {
            CONTRACTORS.id: "#microsoft.graph.group",
            UNKEYED.id: "#microsoft.graph.servicePrincipal",
        }
        assert (await client.delete_group(group)).status == (await client.purge_group(group)).status == 204
        assert (await client.restore_group(group)).status == 404
        await client.reset()
