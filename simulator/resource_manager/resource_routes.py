"""Lists of resources of every type. Azure REST: Resources - List, Resources - List By Resource Group."""

from typing import TYPE_CHECKING

from simulator.resource_manager import filters, tracked
from simulator.resource_manager.filters import Wanted
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import allowed, readable
from simulator.resource_manager.tagging import TAG_FILTERS, tagged
from simulator.resource_manager.tracked import EXPANDABLE, Tracked
from simulator.routing import Routes
from simulator.wire import Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
_FILTERS = frozenset({"resourcetype", "name", "resourcegroup", "location"}) | TAG_FILTERS
_MOST = 1000
ROUTES = Routes()


@ROUTES.get(SUBSCRIPTION + "/resources", type="subscriptions")
async def list_resources(azure: "Azure", request: ArmRequest) -> Reply:
    """The resources of a subscription that the caller may read; `$top` is the length of a page."""
    found = tracked.in_subscription(azure, request["subscription"])
    return _listed(azure, request, found, SUBSCRIPTION.format(**request.parts))


@ROUTES.get(GROUP + "/resources", type="resourceGroups")
async def list_resources_in_group(azure: "Azure", request: ArmRequest) -> Reply:
    found = tracked.in_group(azure, request["subscription"], request["group"])
    return _listed(azure, request, found, GROUP.format(**request.parts))


def _listed(azure: "Azure", request: ArmRequest, resources: list[Tracked], scope: str) -> Reply:
    query = request.call.query
    wanted = filters.wanted(query.get("$filter"), _FILTERS)
    expanded, most = _expanded(query.get("$expand")), _top(query.get("$top"))
    found = [each for each in resources if _fits(each, wanted)]
    seen = [each for each in found if allowed(azure, request, f"{each.type}/read", each.id)]
    if not seen:
        readable(azure, request, seen, action=f"{tracked.ACCOUNTS}/read", scope=scope)
    # as the document says: a list filtered by tags is not expanded, and one filtered by their values shows none
    by_tag = bool(wanted.keys() & TAG_FILTERS)
    names = frozenset[str]() if by_tag else expanded
    return Reply(
        body=page(azure, request, seen, lambda each: each.shown(names, tags="tagvalue" not in wanted), most=most)
    )


def _fits(each: Tracked, wanted: Wanted) -> bool:
    facts = {"resourcetype": each.type, "name": each.name, "resourcegroup": each.group, "location": each.location}
    named = all(
        facts[name].lower() in {value.lower() for value in values}
        for name, values in wanted.items()
        if name not in TAG_FILTERS
    )
    return named and tagged(each.tags or {}, wanted)


def _expanded(sent: str | None) -> frozenset[str]:
    """The properties to add; raises the 400 of one that cannot be."""
    known = {each.lower(): each for each in EXPANDABLE}
    asked = [each.strip() for each in (sent or "").split(",") if each.strip()]
    for each in asked:
        if each.lower() not in known:
            raise WireFault(
                400, "InvalidExpandInQueryString", f"Invalid $expand '{sent}' specified in the query string."
            )
    return frozenset(known[each.lower()] for each in asked)


def _top(sent: str | None) -> int | None:
    if sent is None:
        return None
    if not sent.isdecimal() or not 1 <= int(sent) <= _MOST:
        raise WireFault(
            400, "InvalidTopInQueryString", f"Top value must be positive integer less than or equal to {_MOST}."
        )
    return int(sent)
