"""Fills a tenant that was just reset with the company, and tells what is in it."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from simulator.azure import Azure
from simulator.company import event_subscriptions, operators, portal, roles
from simulator.company.identities import (
    PEOPLE,
    PLATFORM,
    PORTAL,
    PRODUCTION,
    SANDBOX,
    TEAMS,
    UNKEYED,
    WORKSTATION,
    Identity,
)
from simulator.company.places import BLOB_HOST, INFRA_GROUP, INSIGHTS, LOGS, LOGS_CUSTOMER_ID, STORAGE, TOPIC, VAULT
from simulator.company.roles import ACCESS_ADMINISTRATOR, CONDITION
from simulator.directory.state import ServicePrincipal
from simulator.wire import Json

__all__ = ["ACCESS_ADMINISTRATOR", "BLOB_HOST", "CONDITION", "INSTRUMENTATION", "POLICY_FILE", "POLICY_URL",
           "TOPIC_ENDPOINT", "Company"]  # fmt: skip

GROUPS = {PRODUCTION: ("rg-chat", "rg-search", "rg-unkeyed"), SANDBOX: ("rg-lab",)}
# The seeded policy, to be edited in place or by the platform team in the blob
POLICY_FILE = Path(__file__).parent / "policy.yaml"
POLICY_URL = f"https://{BLOB_HOST}/policy/unkeyed.yaml"
TOPIC_ENDPOINT = "https://unkeyed-outcomes.westeurope-1.eventgrid.azure.net/api/events"
INSTRUMENTATION = "0f1a7f08-b000-4000-8000-000000000012"


def _client_secret() -> str:
    """In the form of Entra ID's; it never starts with a hyphen, which `az login -p` would take for an option."""
    return f"loc8Q~{secrets.token_urlsafe(25)}"


@dataclass(slots=True)
class Company:
    """Secrets are made once per process, so that a client set up before a reset goes on working after it.

    `webhooks` are the URLs of the app's Event Grid functions by name, `page` is the address of its page, once the app is
    up; empty while it is not.
    """

    platform_secret: str = field(default_factory=_client_secret, repr=False)
    workstation_header: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    unkeyed_header: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    webhooks: dict[str, str] = field(default_factory=dict, repr=False)
    page: str = ""

    def seed(self, azure: Azure) -> Json:
        """Fills `azure`; returns the names and ids that a client may want to know."""
        self._subscriptions(azure)
        self._people(azure)
        roles.seed(azure)
        portal.seed(azure, self.page)
        azure.blobs.add_account("stunkeyed", STORAGE)
        azure.blobs.put(BLOB_HOST, "policy", "unkeyed.yaml", POLICY_FILE.read_bytes())
        azure.vaults.add("kv-unkeyed", VAULT)
        azure.telemetry.add_component(INSTRUMENTATION, INSIGHTS)
        azure.monitor.add_workspace(PRODUCTION, "rg-unkeyed", "log-unkeyed", customer_id=LOGS_CUSTOMER_ID)
        azure.events.add_topic("unkeyed-outcomes", "westeurope", TOPIC, schema="CloudEventSchemaV1_0")
        azure.events.partners.authorize(INFRA_GROUP)
        operators.watch(azure, lambda: event_subscriptions.subscribe_to_groups(azure, self.webhooks))
        self.subscribe(azure)
        return {
            "tenant": azure.directory.tenant,
            "subscriptions": {each.name: each.id for each in azure.resources.subscriptions.values()},
            "people": {each.name: {"id": each.id, "userName": _user_name(azure, each.id)} for each in PEOPLE},
            "groups": {each.name: each.id for each in TEAMS},
            "vaults": {each.name: f"https://{each.host}" for each in azure.vaults.live()},
            "workspaces": {"log-unkeyed": {"id": LOGS, "customerId": LOGS_CUSTOMER_ID}},
            "identities": {
                each.name: {"id": each.id, "appId": each.app_id} for each in (PLATFORM, WORKSTATION, UNKEYED, PORTAL)
            },
        }

    def subscribe(self, azure: Azure) -> None:
        """Subscribes the app to the events it is for, as far as it is up and has the functions."""
        event_subscriptions.subscribe(azure, self.webhooks)

    def open(self, azure: Azure, page: str) -> None:
        """Registers where the app's page is, for now and after each reset."""
        self.page = page
        portal.move(azure, page)

    def _subscriptions(self, azure: Azure) -> None:
        for name, subscription in (("contoso-production", PRODUCTION), ("contoso-sandbox", SANDBOX)):
            azure.resources.add_subscription(name, subscription)
            for group in GROUPS[subscription]:
                azure.resources.add_group(subscription, group)

    def _people(self, azure: Azure) -> None:
        now, directory = azure.clock.now(), azure.directory
        for person in PEOPLE:
            directory.add_user(person.name, now, id=person.id, password=person.password)
        for team in TEAMS:
            directory.add_group(team.name, now, id=team.id, members=team.members)
        graph = frozenset(
            {
                "Group.ReadWrite.All",
                "User.Read.All",
                "Application.Read.All",
                "Directory.Read.All",
                "AppRoleAssignment.ReadWrite.All",
            }
        )
        self._principal(azure, PLATFORM, secret=self.platform_secret, graph_roles=graph)
        self._principal(azure, WORKSTATION, identity_header=self.workstation_header, graph_roles=graph)
        self._principal(azure, UNKEYED, identity_header=self.unkeyed_header, graph_roles=roles.graph_permissions())

    def _principal(
        self,
        azure: Azure,
        identity: Identity,
        *,
        secret: str = "",
        identity_header: str = "",
        graph_roles: frozenset[str],
    ) -> None:
        azure.directory.add_service_principal(
            ServicePrincipal(
                identity.id,
                identity.app_id,
                identity.name,
                azure.clock.now(),
                kind="ManagedIdentity" if identity_header else "Application",
                secret=secret,
                identity_header=identity_header,
                graph_roles=graph_roles,
            )
        )


def _user_name(azure: Azure, object_id: str) -> str:
    return azure.directory.users[object_id].user_principal_name
