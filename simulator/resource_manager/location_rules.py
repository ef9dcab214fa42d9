"""What Resource Manager demands of a resource's location, the same for every provider."""

from collections.abc import Iterable

from simulator.resource_manager.locations import REGIONS, location_key
from simulator.wire import WireFault


def required_location(sent: object, resource_type: str, known: Iterable[str] = REGIONS) -> str:
    """The location as sent; raises the 400s of a missing or unknown one."""
    if not isinstance(sent, str) or not sent:
        raise WireFault(400, "LocationRequired", "The location property is required for this definition.")
    regions = tuple(known)
    if location_key(sent) not in regions:
        raise WireFault(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{sent}' is not available for resource type '{resource_type}'. List of available "
            f"regions for the resource type is '{','.join(regions)}'.",
        )
    return sent


def location_differs(name: str, group: str, existing: str, sent: str) -> WireFault:
    return WireFault(
        409,
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{existing}' in resource group '{group}'. A resource with "
        f"the same name cannot be created in location '{sent}'. Please select a new resource name.",
    )
