"""Tags of resource groups and resources, and the part of a `$filter` that asks for them."""

from simulator.resource_manager.filters import Wanted

TAG_FILTERS = frozenset({"tagname", "tagvalue"})


def tagged(tags: dict[str, str], wanted: Wanted) -> bool:
    """Whether the tags are those that a filter asks for; a value counts only beside a name."""
    if "tagname" not in wanted:
        return True
    values = {name.lower(): value for name, value in tags.items()}
    found = values.get(wanted["tagname"][0].lower())
    return found is not None and found in wanted.get("tagvalue", (found,))
