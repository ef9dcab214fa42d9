"""The rules of changing secrets. Key Vault REST: Set, Update, Delete, Recover Deleted, Purge Deleted Secret."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.key_vault import errors
from simulator.key_vault.content import Sent
from simulator.key_vault.vault import Phase, Secret, Vault, Version

if TYPE_CHECKING:
    from simulator.azure import Azure


def phase(azure: "Azure", vault: Vault, name: str) -> Phase:
    """Where the secret of this name is in its life; "gone" where there never was one."""
    found = vault.secrets.get(name.lower())
    return found.phase(azure.clock.now(), vault.kept) if found else "gone"


def require(azure: "Azure", vault: Vault, name: str) -> Secret:
    """The live secret of this name; raises the 404."""
    if phase(azure, vault, name) != "live":
        raise errors.not_found(name)
    return vault.secrets[name.lower()]


def require_version(azure: "Azure", vault: Vault, name: str, version: str | None) -> tuple[Secret, Version]:
    """A version of a live secret, the current one for None; raises the 404."""
    secret = require(azure, vault, name)
    if version is None:
        return secret, secret.current()
    found = secret.versions.get(version.lower())
    if found is None:
        raise errors.not_found(f"{name}/{version}")
    return secret, found


def require_deleted(azure: "Azure", vault: Vault, name: str) -> Secret:
    """The deleted secret of this name; raises the 404, also while it is still being deleted."""
    if phase(azure, vault, name) != "deleted":
        raise errors.deleted_not_found(name)
    return vault.secrets[name.lower()]


def put(azure: "Azure", vault: Vault, name: str, sent: Sent) -> tuple[Secret, Version]:
    """A new version, of a new secret where there is none; raises the 409s of a name that a deletion still holds."""
    match phase(azure, vault, name):
        case "deleting" | "purging":
            raise errors.name_being_deleted(name)
        case "deleted":
            raise errors.name_taken_by_deleted(name)
        case "recovering":
            raise errors.being_recovered()
        case "gone":
            vault.secrets[name.lower()] = Secret(name)
        case "live":
            pass
    secret, now = vault.secrets[name.lower()], azure.clock.now()
    made = Version(
        value=azure.vaults.kept_value(sent.value or ""),
        created=now,
        updated=now,
        expiry_set=now,
        content_type=sent.content_type,
        tags=sent.tags,
        enabled=sent.enabled is not False,
        not_before=sent.not_before,
        expires=sent.expires,
    )
    secret.versions[made.id] = made
    azure.vaults.announcer.announce("NewVersionCreated", vault, secret, made)
    if made.expires is not None:
        azure.vaults.announcer.watch()
    return secret, made


def update(azure: "Azure", version: Version, sent: Sent) -> None:
    """What is sent replaces what was there, tags as a whole; what is not sent stays."""
    now = azure.clock.now()
    if sent.content_type is not None:
        version.content_type = sent.content_type
    if sent.tags is not None:
        version.tags = sent.tags
    if sent.enabled is not None:
        version.enabled = sent.enabled
    if sent.not_before is not None:
        version.not_before = sent.not_before
    if sent.expires not in (None, version.expires):
        version.expires, version.expiry_set = sent.expires, now
        version.told.clear()
        azure.vaults.announcer.watch()
    version.updated = now


def delete(azure: "Azure", vault: Vault, name: str) -> Secret:
    """Soft-deletes all versions; they can be recovered once the knob `secret_deletion` has passed."""
    secret = require(azure, vault, name)
    secret.deleted = azure.clock.now()
    _take_time(azure, secret)
    return secret


def recover(azure: "Azure", vault: Vault, name: str) -> Secret:
    """Brings a deleted secret back; it can be read once the knob `secret_deletion` has passed."""
    secret = _settled(azure, vault, name)
    secret.deleted = None
    _take_time(azure, secret)
    return secret


def purge(azure: "Azure", vault: Vault, name: str) -> None:
    secret = _settled(azure, vault, name)
    if vault.purge_protected:
        raise errors.purge_protected(vault)
    secret.purged = True
    _take_time(azure, secret)


def _settled(azure: "Azure", vault: Vault, name: str) -> Secret:
    """A secret whose deletion is done; raises the 409s of one that something is under way with."""
    match phase(azure, vault, name):
        case "deleting":
            raise errors.being_deleted()
        case "recovering":
            raise errors.being_recovered()
        case _:
            return require_deleted(azure, vault, name)


def _take_time(azure: "Azure", secret: Secret) -> None:
    secret.settles = azure.clock.now() + timedelta(seconds=azure.knobs.secret_deletion)
