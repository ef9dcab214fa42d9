"""A client of the local Azure, for the demo and the tests: what they steer, look at and do, by name."""

from typing import Any

from simulator.caller import ACCOUNTS_VERSION, ARM, GRAPH, Answer, Caller
from simulator.company.places import LOGS
from simulator.wire import Json

__all__ = ["ACCOUNTS_VERSION", "ARM", "AUTHORIZATION_VERSION", "INFERENCE", "Answer", "Client"]

AUTHORIZATION_VERSION = "2022-04-01"
WORKSPACES_VERSION = "2024-10-01"
DIAGNOSTICS_VERSION = "2021-05-01-preview"
INFERENCE = "https://cognitiveservices.azure.com"
_OF_WORKSPACES = "/microsoft.machinelearningservices/"


class Client(Caller):
    """The calls to public hosts answer with what came back, refused or not."""

    # the simulator's own interface

    async def reset(self) -> Json:
        """Rebuilds the seeded tenant; returns its names and ids."""
        self.sign_out()
        state: Json = await self.simulator("POST", "reset")
        return state

    async def turn(self, **knobs: float | bool | str) -> None:
        await self.simulator("PATCH", "knobs", knobs)

    async def fault(self, **rule: Any) -> None:
        await self.simulator("POST", "faults", rule)

    async def clear_faults(self) -> None:
        await self.simulator("DELETE", "faults")

    async def advance(self, seconds: float) -> None:
        await self.simulator("POST", "clock", {"advance": seconds})

    async def traffic(self, **query: str) -> list[Json]:
        """The exchanges in memory, filtered by host, method, path (a regular expression)."""
        found: list[Json] = await self.simulator("GET", "traffic", **query)
        return found

    async def add_group(self, display_name: str, members: list[str] | int = 0) -> str:
        """Adds a group of these object ids, or of so many made-up people; returns its id."""
        made: Json = await self.simulator("POST", "groups", {"displayName": display_name, "members": members})
        return str(made["id"])

    async def grant(self, scope: str, principal: str, role: str, **more: str) -> str:
        """Assigns a role at any scope, above subscriptions too; returns the assignment's id."""
        asked = {"scope": scope, "principal": principal, "role": role, **more}
        made: Json = await self.simulator("POST", "grants", asked)
        return str(made["id"])

    async def withhold(self, *names: str) -> None:
        """Has the app do without these roles (by their keys in infra/roles.json), actions or Graph permissions, but no others."""
        await self.simulator("POST", "roles", {"without": names})

    async def deny(self, scope: str, name: str, **more: Any) -> str:
        """Makes a deny assignment, as Azure itself does; returns its id."""
        made: Json = await self.simulator("POST", "denials", {"scope": scope, "name": name, **more})
        return str(made["id"])

    async def outcomes(self) -> list[Json]:
        """The outcome events that the app has published."""
        events: Json = await self.simulator("GET", "events")
        return [each for received in events["received"].values() for each in received]

    async def token(self, principal: str, audience: str = INFERENCE) -> str:
        """A signed token for a seeded user or service principal."""
        answer: Json = await self.simulator("POST", "tokens", {"principal": principal, "audience": audience})
        return str(answer["access_token"])

    # the public hosts

    async def create_account(self, account: str, *, kind: str = "AIServices", **more: Any) -> Answer:
        """Creates the account of this resource id, with a subdomain of its own name unless `properties` say otherwise."""
        body = {
            "location": "westeurope",
            "kind": kind,
            "sku": {"name": "S0"},
            "identity": {"type": "SystemAssigned"},
            "properties": {"customSubDomainName": account.rpartition("/")[2].lower()},
            **more,
        }
        return await self.arm("PUT", account, body)

    async def deploy(self, account: str, name: str = "gpt") -> Answer:
        """Deploys a chat model to the account."""
        model = {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"}
        body = {"sku": {"name": "Standard", "capacity": 1}, "properties": {"model": model}}
        return await self.arm("PUT", f"{account}/deployments/{name}", body)

    async def assignments(self, scope: str) -> list[Json]:
        """The role assignments that lie exactly at `scope`."""
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()"
        answer = await self.arm("GET", path, version=AUTHORIZATION_VERSION)
        return [each for each in answer.body["value"] if each["properties"]["scope"].lower() == scope.lower()]

    async def chat(self, subdomain: str, *, token: str = "", key: str = "", deployment: str = "gpt") -> Answer:
        """A chat completion at the account's own endpoint, with a token or with a key."""
        url = f"https://{subdomain}.openai.azure.com/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21"
        headers = {"Authorization": f"Bearer {token}"} if token else {"api-key": key}
        return await self.call("POST", url, {"messages": [{"role": "user", "content": "Hello"}]}, headers=headers)

    async def add_project(self, account: str, name: str) -> Answer:
        """Creates a Foundry project below the account of this resource id, which has to have project management on."""
        body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {"displayName": name}}
        return await self.arm("PUT", f"{account}/projects/{name}", body)

    async def add_workspace(self, workspace: str, *, kind: str = "Hub", hub: str = "") -> Answer:
        """Creates the machine-learning workspace of this resource id; one of the kind Project belongs to `hub`."""
        group, name = workspace.partition("/providers/")[0], workspace.rpartition("/")[2]
        plain = "".join(each for each in name.lower() if each.isalnum())[:22]
        needed = {
            "keyVault": f"{group}/providers/Microsoft.KeyVault/vaults/kv{plain}",
            "storageAccount": f"{group}/providers/Microsoft.Storage/storageAccounts/st{plain}",
        }
        body = {
            "location": "westeurope",
            "kind": kind,
            "identity": {"type": "SystemAssigned"},
            "properties": {"hubResourceId": hub} if hub else needed,
        }
        return await self.arm("PUT", workspace, body, version=WORKSPACES_VERSION)

    async def put_connection(self, owner: str, name: str, properties: Json) -> Answer:
        """Makes or replaces a connection of an account, a project or a workspace."""
        path = f"{owner}/connections/{name}"
        return await self.arm("PUT", path, {"properties": properties}, version=_version_for(owner))

    async def connection(self, connection: str) -> Answer:
        """The connection of this resource id, without its credentials."""
        return await self.arm("GET", connection, version=_version_for(connection))

    async def list_keys(self, account: str) -> Answer:
        """Both keys as `key1` and `key2`; a 400 while local auth is off."""
        return await self.arm("POST", f"{account}/listKeys")

    async def send_logs(self, account: str) -> Answer:
        """Has the account's request logs sent to the seeded workspace from now on."""
        properties = {"workspaceId": LOGS, "logs": [{"category": "RequestResponse", "enabled": True}]}
        path = f"{account}/providers/Microsoft.Insights/diagnosticSettings/logs"
        body = {"properties": properties}
        # kept out of the traffic files: Azure Monitor publishes no document that they could be checked by
        return await self.arm("PUT", path, body, version=DIAGNOSTICS_VERSION, on_purpose=True)

    async def add_member(self, group: str, member: str) -> Answer:
        """Puts a user, a group or a service principal into a group, all by their object ids; 204."""
        return await self.graph(
            "POST", f"/groups/{group}/members/$ref", {"@odata.id": f"{GRAPH}/v1.0/directoryObjects/{member}"}
        )

    async def remove_member(self, group: str, member: str) -> Answer:
        return await self.graph("DELETE", f"/groups/{group}/members/{member}/$ref")

    async def rename_group(self, group: str, display_name: str) -> Answer:
        return await self.graph("PATCH", f"/groups/{group}", {"displayName": display_name})

    async def delete_group(self, group: str) -> Answer:
        """Deletes the group as a person does: it can be restored for thirty days."""
        return await self.graph("DELETE", f"/groups/{group}")

    async def restore_group(self, group: str) -> Answer:
        """Brings a deleted group back with its id and members."""
        return await self.graph("POST", f"/directory/deletedItems/{group}/restore")

    async def purge_group(self, group: str) -> Answer:
        """Deletes a deleted group for good."""
        return await self.graph("DELETE", f"/directory/deletedItems/{group}")

    async def secret(self, name: str) -> Answer:
        """The current version of a secret in the seeded vault, with its value, tags and expiry."""
        return await self.vault("GET", f"/secrets/{name}/")


def _version_for(resource: str) -> str:
    return WORKSPACES_VERSION if _OF_WORKSPACES in resource.lower() else ACCOUNTS_VERSION
