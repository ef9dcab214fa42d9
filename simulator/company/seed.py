"""Fills a tenant that was just reset with the company, and tells what is in it."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from simulator.azure import Azure
from simulator.company.identities import (
    PEOPLE,
    PLATFORM,
    PRODUCTION,
    SANDBOX,
    TEAMS,
    UNKEYED,
    WORKSTATION,
    Identity,
)
from simulator.directory.state import ServicePrincipal
from simulator.wire import Json

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ACCESS_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
EVENT_SENDER = "d5a91429-5739-47e2-a06b-3470a27159e7"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
PROBER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0001"
POLICY_READER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0002"
POLICY_WRITER = "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5d0003"
GRANTABLE = ("a97b65f3-24c7-4388-baec-2e87135dc908", "53ca6127-db72-4b80-b1b0-d745d6d5456d")
# Only these roles, only to these kinds of principal, whether made or removed
CONDITION = (
    "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR ("
    "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{{types}}}"
    ")) AND ((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})) OR ("
    "@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
    "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{{types}}}))"
).format(roles=", ".join(GRANTABLE), types="'User', 'Group', 'ServicePrincipal'")

GROUPS = {PRODUCTION: ("rg-chat", "rg-search", "rg-unkeyed"), SANDBOX: ("rg-lab",)}
_INFRA = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-unkeyed/providers"
STORAGE = f"{_INFRA}/Microsoft.Storage/storageAccounts/stunkeyed"
TOPIC = f"{_INFRA}/Microsoft.EventGrid/topics/unkeyed-outcomes"
VAULT = f"{_INFRA}/Microsoft.KeyVault/vaults/kv-unkeyed"
BLOB_HOST = "stunkeyed.blob.core.windows.net"
# The seeded policy, to be edited in place or by the platform team in the blob
POLICY_FILE = Path(__file__).parent / "policy.yaml"
POLICY_URL = f"https://{BLOB_HOST}/policy/unkeyed.yaml"
TOPIC_ENDPOINT = "https://unkeyed-outcomes.westeurope-1.eventgrid.azure.net/api/events"
OPERATIONS = (
    "Microsoft.CognitiveServices/accounts/write",
    "Microsoft.CognitiveServices/accounts/delete",
    "Microsoft.Authorization/roleAssignments/delete",
)
INSTRUMENTATION = "0f1a7f08-b000-4000-8000-000000000012"


def _client_secret() -> str:
    """In the form of Entra ID's; it never starts with a hyphen, which `az login -p` would take for an option."""
    return f"loc8Q~{secrets.token_urlsafe(25)}"


@dataclass(slots=True)
class Company:
    """Secrets are made once per process, so that a client set up before a reset goes on working after it.

    `webhook` is the URL of the app's Event Grid function once the app is up; empty while there is none.
    """

    platform_secret: str = field(default_factory=_client_secret, repr=False)
    workstation_header: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    unkeyed_header: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    webhook: str = ""

    def seed(self, azure: Azure) -> Json:
        """Fills `azure`; returns the names and ids that a client may want to know."""
        self._subscriptions(azure)
        self._people(azure)
        self._roles(azure)
        azure.blobs.add_account("stunkeyed", STORAGE)
        azure.blobs.put(BLOB_HOST, "policy", "unkeyed.yaml", POLICY_FILE.read_bytes())
        azure.vaults.add("kv-unkeyed", VAULT)
        azure.events.add_topic("unkeyed-outcomes", "westeurope", TOPIC, schema="CloudEventSchemaV1_0")
        self.subscribe(azure)
        return {
            "tenant": azure.directory.tenant,
            "subscriptions": {each.name: each.id for each in azure.resources.subscriptions.values()},
            "people": {each.name: {"id": each.id, "userName": _user_name(azure, each.id)} for each in PEOPLE},
            "groups": {each.name: each.id for each in TEAMS},
            "vaults": {each.name: f"https://{each.host}" for each in azure.vaults.live()},
            "identities": {
                each.name: {"id": each.id, "appId": each.app_id} for each in (PLATFORM, WORKSTATION, UNKEYED)
            },
        }

    def subscribe(self, azure: Azure) -> None:
        """Subscribes the app to both subscriptions' events, where the app is up."""
        if not self.webhook:
            return
        filters = {
            "includedEventTypes": [
                "Microsoft.Resources.ResourceWriteSuccess",
                "Microsoft.Resources.ResourceDeleteSuccess",
            ],
            "advancedFilters": [{"operatorType": "StringIn", "key": "data.operationName", "values": list(OPERATIONS)}],
        }
        for name, subscription in (("unkeyed-production", PRODUCTION), ("unkeyed-sandbox", SANDBOX)):
            azure.events.subscribe(
                name,
                source=f"/subscriptions/{subscription}",
                endpoint=self.webhook,
                filter=filters,
                dead_letter=(BLOB_HOST, "dead-letters"),
            )

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
        graph = frozenset({"Group.ReadWrite.All", "User.Read.All", "Application.Read.All", "Directory.Read.All"})
        self._principal(azure, PLATFORM, secret=self.platform_secret, graph_roles=graph)
        self._principal(azure, WORKSTATION, identity_header=self.workstation_header, graph_roles=graph)
        reads_groups = frozenset({"GroupMember.Read.All"})
        self._principal(azure, UNKEYED, identity_header=self.unkeyed_header, graph_roles=reads_groups)

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

    def _roles(self, azure: Azure) -> None:
        rights = azure.authorization
        prober = ("Microsoft.CognitiveServices/accounts/OpenAI/models/read",)
        rights.define_role("Unkeyed Prober", id=PROBER, actions=(), data_actions=prober)
        blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
        rights.define_role("Unkeyed Policy Reader", id=POLICY_READER, actions=(), data_actions=(f"{blobs}/read",))
        writer = (f"{blobs}/read", f"{blobs}/write")
        rights.define_role("Unkeyed Policy Writer", id=POLICY_WRITER, actions=(), data_actions=writer)
        for subscription in (PRODUCTION, SANDBOX):
            scope = f"/subscriptions/{subscription}"
            rights.grant(scope, PLATFORM.id, OWNER)
            rights.grant(scope, WORKSTATION.id, OWNER)
            rights.grant(scope, UNKEYED.id, ACCESS_ADMINISTRATOR, condition=CONDITION)
            rights.grant(scope, UNKEYED.id, PROBER)
        rights.grant(TOPIC, UNKEYED.id, EVENT_SENDER)
        rights.grant(STORAGE, UNKEYED.id, POLICY_READER)
        rights.grant(VAULT, UNKEYED.id, SECRETS_OFFICER)
        rights.grant(STORAGE, PLATFORM.id, POLICY_WRITER)


def _user_name(azure: Azure, object_id: str) -> str:
    return azure.directory.users[object_id].user_principal_name
