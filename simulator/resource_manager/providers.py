"""Resource providers as a subscription sees them. Azure REST: Providers - Get, Register."""

from simulator.resource_manager import versions
from simulator.resource_manager.locations import REGIONS
from simulator.wire import Json, WireFault

_TYPES = {
    "Microsoft.Authorization": ("denyAssignments", "locks", "permissions", "roleAssignments", "roleDefinitions"),
    "Microsoft.CognitiveServices": (
        "accounts", "accounts/connections", "accounts/deployments", "accounts/projects",
        "accounts/projects/connections", "checkDomainAvailability", "deletedAccounts", "locations",
        "locations/checkSkuAvailability", "locations/operationResults", "operations",
    ),
    "Microsoft.EventGrid": ("eventSubscriptions", "locations", "operations", "systemTopics", "topicTypes", "topics"),
    "Microsoft.Resources": ("locations", "operations", "resourceGroups", "resources", "subscriptions", "tenants"),
}  # fmt: skip
_REGIONAL = {"accounts", "deletedAccounts", "systemTopics", "topics"}


def names() -> list[str]:
    return list(_TYPES)


def provider(subscription: str, namespace: str) -> Json:
    """The provider, registered as every provider here is; raises Azure's 404 for a namespace it does not know."""
    name = next((each for each in _TYPES if each.lower() == namespace.lower()), None)
    if name is None:
        raise WireFault(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    api_versions = versions.supported_by(name)
    return {
        "id": f"/subscriptions/{subscription}/providers/{name}",
        "namespace": name,
        "resourceTypes": [
            {
                "resourceType": kind,
                "locations": [shown for shown, _ in REGIONS.values()] if kind.partition("/")[0] in _REGIONAL else [],
                "apiVersions": sorted(api_versions, reverse=True),
                "capabilities": "None",
            }
            for kind in _TYPES[name]
        ],
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationFree" if name == "Microsoft.Resources" else "RegistrationRequired",
    }
