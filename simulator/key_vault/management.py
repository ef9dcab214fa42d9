"""The rules of making, changing and removing vaults.

Azure REST: Vaults - Create Or Update, Update, Delete, Purge Deleted.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import Actor, Trace
from simulator.key_vault import settings, vault_errors
from simulator.key_vault.settings import Change, Sent
from simulator.key_vault.vault import Vault
from simulator.resource_manager.location_rules import location_differs
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure


def new(azure: "Azure", place: tuple[str, str, str], *, location: str, properties: Json, actor: Actor) -> Vault:
    """A vault in its place (subscription, group, name); its address is known once the knob `provisioning` has passed."""
    now = azure.clock.now()
    made = Vault(
        subscription=place[0].lower(),
        group=place[1],
        name=place[2],
        location=location,
        properties=properties,
        trace=Trace.begun(actor, now),
        registered=now + timedelta(seconds=azure.knobs.provisioning),
    )
    azure.vaults.vaults[made.id.lower()] = made
    return made


def create(azure: "Azure", place: tuple[str, str, str], sent: Sent, actor: Actor, api_version: str) -> Vault:
    """A new vault; raises the 400s of its rules and the 409s of a name that is taken, be it by a deleted vault."""
    settings.require_name(place[2])
    group = azure.resources.require_group(*place[:2]).name
    properties = settings.complete(sent.properties, None, azure.directory.tenant, api_version)
    for each in azure.vaults.soft_deleted().values():
        if each.name.lower() == place[2].lower():
            mine = each.subscription == place[0].lower()
            raise vault_errors.name_taken_by_deleted() if mine else vault_errors.name_taken(place[2])
    if any(each.name.lower() == place[2].lower() for each in azure.vaults.live()):
        raise vault_errors.name_taken(place[2])
    made = new(azure, (place[0], group, place[2]), location=sent.location, properties=properties, actor=actor)
    made.tags = sent.tags
    return made


def replace(azure: "Azure", vault: Vault, sent: Sent, actor: Actor, api_version: str) -> None:
    """What the body leaves out is reset, but for what can only be set once."""
    if sent.location != vault.location:
        raise location_differs(vault.name, vault.group, vault.location, sent.location)
    vault.properties = settings.complete(sent.properties, vault.properties, azure.directory.tenant, api_version)
    vault.tags = sent.tags
    vault.trace.touch(actor, azure.clock.now())


def update(azure: "Azure", vault: Vault, sent: Change, actor: Actor, api_version: str) -> None:
    """The tags and the properties that were sent replace those there were, the rest stays."""
    wanted = vault.properties | sent.properties
    vault.properties = settings.complete(wanted, vault.properties, azure.directory.tenant, api_version)
    if sent.tags is not None:
        vault.tags = sent.tags
    vault.trace.touch(actor, azure.clock.now())


def recover(azure: "Azure", resource_id: str, location: str, actor: Actor) -> Vault:
    """Brings a soft-deleted vault back with its secrets; its role assignments stay gone. Raises a 404."""
    deleted, now = azure.vaults.soft_deleted(), azure.clock.now()
    vault = deleted.get(resource_id.lower())
    if vault is None or vault.location != location:
        raise vault_errors.deleted_not_found(resource_id.rpartition("/")[2])
    del deleted[vault.id.lower()]
    vault.deleted = None
    vault.registered = now + timedelta(seconds=azure.knobs.provisioning)
    vault.trace.touch(actor, now)
    azure.vaults.vaults[vault.id.lower()] = vault
    return vault


def delete(azure: "Azure", vault: Vault) -> None:
    """Soft-deletes a vault with all it holds, as deleting its resource group does."""
    vault.deleted = azure.clock.now()
    del azure.vaults.vaults[vault.id.lower()]
    azure.vaults.soft_deleted()[vault.id.lower()] = vault
    azure.authorization.forget_below(vault.id)


def deleted_vault(azure: "Azure", subscription: str, location: str, name: str) -> Vault:
    """The soft-deleted vault of this name; raises the 404."""
    wanted = (subscription.lower(), location, name.lower())
    for each in azure.vaults.soft_deleted().values():
        if (each.subscription, each.location, each.name.lower()) == wanted:
            return each
    raise vault_errors.deleted_not_found(name)


def purge(azure: "Azure", vault: Vault) -> None:
    if vault.purge_protected:
        raise vault_errors.purge_not_allowed()
    del azure.vaults.soft_deleted()[vault.id.lower()]
