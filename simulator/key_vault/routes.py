"""Routes of vaults. Azure REST: Vaults, Managed HSMs of which there are none (2023-07-01)."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import actor
from simulator.key_vault import management, settings, vault_errors
from simulator.key_vault.vault import Vault
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.locations import location_key
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

TYPE = vault_errors.RESOURCE_TYPE
SUBSCRIPTION = "/subscriptions/{subscription}"
PROVIDER = "/providers/Microsoft.KeyVault"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
VAULT = GROUP + PROVIDER + "/vaults/{vault}"
DELETED = SUBSCRIPTION + PROVIDER + "/locations/{location}/deletedVaults/{vault}"
DELETED_TYPE = "Microsoft.KeyVault/deletedVaults"
IN_LOCATION = "Microsoft.KeyVault/locations/deletedVaults"
ROUTES = Routes()


@ROUTES.put(VAULT, type=TYPE, action=f"{TYPE}/write")
async def put_vault(azure: "Azure", request: ArmRequest) -> Reply:
    """200 also for a new vault, whose address is being registered."""
    sent, by = settings.parsed(request.json()), actor(request)
    found = azure.vaults.get(request.scope)
    if found:
        management.replace(azure, found, sent, by, request.api_version)
    elif sent.recovers:
        found = management.recover(azure, request.scope, sent.location, by)
    else:
        place = (request["subscription"], request["group"], request["vault"])
        found = management.create(azure, place, sent, by, request.api_version)
    return Reply(body=_shown(found, request.now))


@ROUTES.patch(VAULT, type=TYPE, action=f"{TYPE}/write")
async def patch_vault(azure: "Azure", request: ArmRequest) -> Reply:
    found = _vault(azure, request)
    management.update(azure, found, settings.parsed_change(request.json()), actor(request), request.api_version)
    return Reply(body=_shown(found, request.now))


@ROUTES.get(VAULT, type=TYPE, action=f"{TYPE}/read")
async def get_vault(azure: "Azure", request: ArmRequest) -> Reply:
    return Reply(body=_shown(_vault(azure, request), request.now))


@ROUTES.delete(VAULT, type=TYPE, action=f"{TYPE}/delete")
async def delete_vault(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.vaults.get(request.scope)
    if found is None:
        return Reply(204)
    management.delete(azure, found)
    return Reply(200)


@ROUTES.get(GROUP + PROVIDER + "/vaults", type=TYPE)
async def list_in_group(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.vaults.in_group(request["subscription"], request["group"])
    return _listed(azure, request, found, GROUP.format(**request.parts))


@ROUTES.get(SUBSCRIPTION + PROVIDER + "/vaults", type=TYPE)
async def list_in_subscription(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.vaults.in_subscription(request["subscription"])
    return _listed(azure, request, found, SUBSCRIPTION.format(**request.parts))


@ROUTES.get(
    SUBSCRIPTION + PROVIDER + "/deletedVaults", type=DELETED_TYPE, action=f"{DELETED_TYPE}/read", scope=SUBSCRIPTION
)
async def list_deleted(azure: "Azure", request: ArmRequest) -> Reply:
    wanted = request["subscription"].lower()
    found = [each for each in azure.vaults.soft_deleted().values() if each.subscription == wanted]
    return Reply(body=page(azure, request, found, _deleted))


@ROUTES.get(DELETED, type=IN_LOCATION, action=f"{IN_LOCATION}/read", scope=SUBSCRIPTION)
async def get_deleted(azure: "Azure", request: ArmRequest) -> Reply:
    return Reply(body=_deleted(_deleted_vault(azure, request)))


@ROUTES.post(DELETED + "/purge", type=IN_LOCATION, action=f"{IN_LOCATION}/purge/action", scope=SUBSCRIPTION)
async def purge_deleted(azure: "Azure", request: ArmRequest) -> Reply:
    """200: it is gone at once. Raises the 405 of a vault that is protected against it."""
    management.purge(azure, _deleted_vault(azure, request))
    return Reply(200)


@ROUTES.get(SUBSCRIPTION + PROVIDER + "/managedHSMs", type=TYPE)
@ROUTES.get(GROUP + PROVIDER + "/managedHSMs", type=TYPE)
@ROUTES.get(SUBSCRIPTION + PROVIDER + "/deletedManagedHSMs", type=TYPE)
async def list_hsms(azure: "Azure", request: ArmRequest) -> Reply:
    """None: az asks for them with the vaults."""
    return Reply(body=page(azure, request, [], _deleted))


def _vault(azure: "Azure", request: ArmRequest) -> Vault:
    """The vault of the path; raises Azure's 404."""
    found = azure.vaults.get(request.scope)
    if found is None:
        raise vault_errors.not_found(request["vault"], request["group"])
    return found


def _deleted_vault(azure: "Azure", request: ArmRequest) -> Vault:
    location = location_key(request["location"])
    return management.deleted_vault(azure, request["subscription"], location, request["vault"])


def _listed(azure: "Azure", request: ArmRequest, found: list[Vault], scope: str) -> Reply:
    allowed = readable(azure, request, found, action=f"{TYPE}/read", scope=scope)
    return Reply(body=page(azure, request, allowed, lambda each: _shown(each, request.now)))


def _shown(vault: Vault, now: datetime) -> Json:
    """The closing slash of `vaultUri` comes with the registration."""
    registered = now >= vault.registered
    trace = vault.trace
    return {
        "id": vault.id,
        "name": vault.name,
        "type": TYPE,
        "location": vault.location,
        "tags": vault.tags or {},
        "systemData": {
            "createdBy": trace.created_by.name,
            "createdByType": trace.created_by.type,
            "createdAt": _stamp(trace.created),
            "lastModifiedBy": trace.changed_by.name,
            "lastModifiedByType": trace.changed_by.type,
            "lastModifiedAt": _stamp(trace.changed),
        },
        "properties": {
            **vault.properties,
            "vaultUri": f"https://{vault.host}{'/' if registered else ''}",
            "provisioningState": "Succeeded" if registered else "RegisteringDns",
        },
    }


def _deleted(vault: Vault) -> Json:
    if vault.deleted is None:
        raise ValueError(f"the vault '{vault.name}' is not deleted")
    properties: Json = {
        "vaultId": vault.id,
        "location": vault.location,
        "tags": vault.tags or {},
        "deletionDate": f"{vault.deleted:%Y-%m-%dT%H:%M:%SZ}",
        "scheduledPurgeDate": f"{vault.deleted + vault.kept:%Y-%m-%dT%H:%M:%SZ}",
    }
    if vault.purge_protected:
        properties["purgeProtectionEnabled"] = True
    place = f"{SUBSCRIPTION}{PROVIDER}/locations/{vault.location}".format(subscription=vault.subscription)
    return {
        "id": f"{place}/deletedVaults/{vault.name}",
        "name": vault.name,
        "type": DELETED_TYPE,
        "properties": properties,
    }


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
