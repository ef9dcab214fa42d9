"""The `$filter` of Resource Manager's own lists: `name eq 'value'`, joined by `and`."""

import re

from simulator.wire import WireFault

_TERM = re.compile(r"\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)


def equalities(text: str | None, known: frozenset[str]) -> dict[str, str]:
    """The wanted values by lower-case name; raises a 400 for what is no filter, a 501 for names not in `known`."""
    if not text:
        return {}
    found: dict[str, str] = {}
    for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE):
        match = _TERM.fullmatch(term)
        if match is None:
            raise WireFault(
                400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string."
            )
        name = match[1].lower()
        if name not in known:
            raise WireFault(501, "NotImplemented", f"The simulator does not filter by '{match[1]}' here.")
        found[name] = match[2].replace("''", "'")
    return found
