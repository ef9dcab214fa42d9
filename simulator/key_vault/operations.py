"""Routes of secrets. Each names the data action that a caller needs on the secret, or on the vault for a list.

Key Vault REST: Secrets. "Microsoft.KeyVault permissions" for the actions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.key_vault import bodies, changes, content, errors
from simulator.key_vault.paging import page
from simulator.key_vault.vault import Phase, Secret, Vault
from simulator.routing import Routes
from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

_SECRETS = "Microsoft.KeyVault/vaults/secrets"
_METADATA = f"{_SECRETS}/readMetadata/action"
ROUTES = Routes()


@dataclass(frozen=True, slots=True)
class VaultRequest:
    """A call that may do what its route needs."""

    call: Call
    parts: Mapping[str, str]
    vault: Vault

    def __getitem__(self, part: str) -> str:
        return self.parts[part]


@ROUTES.get("/secrets", action=_METADATA)
async def list_secrets(azure: "Azure", request: VaultRequest) -> Reply:
    found = _in_phase(azure, request.vault, "live")
    return Reply(body=page(azure, request.call, found, lambda each: bodies.item(request.vault, each)))


@ROUTES.put("/secrets/{name}", action=f"{_SECRETS}/setSecret/action", creates=True)
async def set_secret(azure: "Azure", request: VaultRequest) -> Reply:
    """200 with the new version, its value included."""
    secret, version = changes.put(azure, request.vault, request["name"], content.new_version(request.call))
    return Reply(body=bodies.bundle(request.vault, secret, version, with_value=True))


@ROUTES.delete("/secrets/{name}", action=f"{_SECRETS}/delete")
async def delete_secret(azure: "Azure", request: VaultRequest) -> Reply:
    return Reply(body=bodies.deleted_bundle(request.vault, changes.delete(azure, request.vault, request["name"])))


@ROUTES.get("/secrets/{name}/versions", action=_METADATA)
async def list_versions(azure: "Azure", request: VaultRequest) -> Reply:
    """In the order of their ids, which is no order in time. A secret that is not there has no versions."""
    live = changes.phase(azure, request.vault, request["name"]) == "live"
    secret = request.vault.secrets[request["name"].lower()] if live else Secret(request["name"])
    found = page(azure, request.call, secret.versions, lambda each: bodies.bundle(request.vault, secret, each))
    return Reply(body=found)


@ROUTES.get("/secrets/{name}", action=f"{_SECRETS}/getSecret/action")
@ROUTES.get("/secrets/{name}/{version}", action=f"{_SECRETS}/getSecret/action")
async def get_secret(azure: "Azure", request: VaultRequest) -> Reply:
    """200 with the value, expired or not yet valid as it may be; 403 for a disabled version."""
    secret, version = changes.require_version(azure, request.vault, request["name"], request.parts.get("version"))
    if not version.enabled:
        raise errors.disabled("get")
    return Reply(body=bodies.bundle(request.vault, secret, version, with_value=True))


@ROUTES.patch("/secrets/{name}", action=f"{_SECRETS}/update/action")
@ROUTES.patch("/secrets/{name}/{version}", action=f"{_SECRETS}/update/action")
async def update_secret(azure: "Azure", request: VaultRequest) -> Reply:
    sent = content.properties(request.call)
    secret, version = changes.require_version(azure, request.vault, request["name"], request.parts.get("version"))
    changes.update(azure, version, sent)
    return Reply(body=bodies.bundle(request.vault, secret, version))


@ROUTES.get("/deletedsecrets", action=_METADATA)
async def list_deleted(azure: "Azure", request: VaultRequest) -> Reply:
    found = _in_phase(azure, request.vault, "deleted")
    return Reply(body=page(azure, request.call, found, lambda each: bodies.deleted_item(request.vault, each)))


@ROUTES.get("/deletedsecrets/{name}", action=_METADATA)
async def get_deleted(azure: "Azure", request: VaultRequest) -> Reply:
    secret = changes.require_deleted(azure, request.vault, request["name"])
    return Reply(body=bodies.deleted_bundle(request.vault, secret))


@ROUTES.delete("/deletedsecrets/{name}", action=f"{_SECRETS}/purge/action")
async def purge_deleted(azure: "Azure", request: VaultRequest) -> Reply:
    changes.purge(azure, request.vault, request["name"])
    return Reply(204)


@ROUTES.post("/deletedsecrets/{name}/recover", action=f"{_SECRETS}/recover/action")
async def recover_deleted(azure: "Azure", request: VaultRequest) -> Reply:
    secret = changes.recover(azure, request.vault, request["name"])
    return Reply(body=bodies.bundle(request.vault, secret, secret.current()))


def _in_phase(azure: "Azure", vault: Vault, phase: Phase) -> dict[str, Secret]:
    return {name: each for name, each in vault.secrets.items() if changes.phase(azure, vault, name) == phase}
