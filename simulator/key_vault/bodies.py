"""What a vault answers, and the data of its events.

Key Vault REST: Secret Bundle, Deleted Secret Bundle, Secret Item (7.3 to 2026-04-01). "Azure Key Vault as Event Grid
source" for the events.
"""

from datetime import datetime

from simulator.key_vault.vault import Secret, Vault, Version
from simulator.wire import Json


def secret_id(vault: Vault, secret: Secret, version: Version | None = None) -> str:
    """The address of a secret, or of one version of it."""
    return f"https://{vault.host}/secrets/{secret.name}{f'/{version.id}' if version else ''}"


def bundle(vault: Vault, secret: Secret, version: Version, *, with_value: bool = False) -> Json:
    """One version with its address; the value only where it was asked for or just set."""
    value: Json = {"value": version.value} if with_value else {}
    return value | _shown(vault, version, secret_id(vault, secret, version))


def item(vault: Vault, secret: Secret) -> Json:
    """A secret in a list: the attributes of its current version, and no version in its address."""
    return _shown(vault, secret.current(), secret_id(vault, secret))


def deleted_bundle(vault: Vault, secret: Secret) -> Json:
    return _recoverable(vault, secret) | bundle(vault, secret, secret.current())


def deleted_item(vault: Vault, secret: Secret) -> Json:
    return _recoverable(vault, secret) | item(vault, secret)


def event_data(vault: Vault, secret: Secret, version: Version) -> Json:
    return {
        "Id": secret_id(vault, secret, version),
        "VaultName": vault.name,
        "ObjectType": "Secret",
        "ObjectName": secret.name,
        "Version": version.id,
        "NBF": version.not_before,
        "EXP": version.expires,
    }


def _shown(vault: Vault, version: Version, address: str) -> Json:
    shown: Json = {"contentType": version.content_type} if version.content_type is not None else {}
    shown |= {"id": address, "attributes": _attributes(vault, version)}
    if version.tags is not None:
        shown["tags"] = version.tags
    return shown


def _attributes(vault: Vault, version: Version) -> Json:
    times = {"nbf": version.not_before, "exp": version.expires}
    return {
        "enabled": version.enabled,
        **{name: value for name, value in times.items() if value is not None},
        "created": _seconds(version.created),
        "updated": _seconds(version.updated),
        "recoveryLevel": vault.recovery_level,
        "recoverableDays": vault.kept_days,
    }


def _recoverable(vault: Vault, secret: Secret) -> Json:
    if secret.deleted is None:
        raise ValueError(f"the secret '{secret.name}' is not deleted")
    return {
        "recoveryId": f"https://{vault.host}/deletedsecrets/{secret.name}",
        "deletedDate": _seconds(secret.deleted),
        "scheduledPurgeDate": _seconds(secret.deleted + vault.kept),
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
