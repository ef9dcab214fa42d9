"""The faults of Microsoft.KeyVault in Resource Manager."""

from simulator.wire import WireFault

RESOURCE_TYPE = "Microsoft.KeyVault/vaults"


def bad_request(message: str) -> WireFault:
    return WireFault(400, "BadRequest", message)


def irreversible(name: str) -> WireFault:
    what = {"enableSoftDelete": "soft delete", "enablePurgeProtection": "purge protection"}[name]
    return bad_request(
        f'The property "{name}" cannot be set to false. Enabling the {what} for a vault is an irreversible action.'
    )


def wrong_tenant(sent: str, tenant: str) -> WireFault:
    return bad_request(f"The tenant '{sent}' is not the tenant '{tenant}' of the subscription.")


def name_invalid(name: str) -> WireFault:
    return WireFault(
        400,
        "VaultNameNotValid",
        f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must "
        "begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more "
        "information: https://go.microsoft.com/fwlink/?linkid=2147742",
    )


def not_found(name: str, group: str) -> WireFault:
    return WireFault(
        404,
        "ResourceNotFound",
        f"The Resource '{RESOURCE_TYPE}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def name_taken(name: str) -> WireFault:
    return WireFault(
        409,
        "VaultAlreadyExists",
        f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is "
        "already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same "
        "name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a "
        "recoverable state then the vault will need to be purged before reusing the name. For more information about "
        "VaultAlreadyExists, soft delete and purging a vault follow this link "
        "https://go.microsoft.com/fwlink/?linkid=2147740.",
    )


def name_taken_by_deleted() -> WireFault:
    return WireFault(
        409,
        "ConflictError",
        "A vault with the same name already exists in deleted state. You need to either recover or purge existing key "
        "vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
    )


def deleted_not_found(name: str) -> WireFault:
    return WireFault(404, "DeletedVaultNotFound", f"The specified deleted vault '{name}' does not exist.")


def purge_not_allowed() -> WireFault:
    return WireFault(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")


def access_policies() -> WireFault:
    return WireFault(
        501,
        "NotImplemented",
        "The simulator does not implement vaults with access policies: set enableRbacAuthorization to true.",
    )
