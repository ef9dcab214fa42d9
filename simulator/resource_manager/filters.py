"""The `$filter` of Resource Manager's own lists: `name eq 'value'`, joined by `and`, resource types also by `or`.

Azure REST: Resource Groups - List, Resources - List. What those documents have beside (`ne`, `substringof`, `startswith`)
is answered 501, what they have not is answered 400: a filter that was passed over would show everything.
"""

import re

from simulator.wire import WireFault

type Wanted = dict[str, tuple[str, ...]]
"""By lower-case name the values of which one has to fit; all names have to."""

_TERM = re.compile(r"\s*([\w/]+)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_UNSERVED = re.compile(r"\s*(?:[\w/]+\s+ne\s|(?:substringof|startswith)\s*\()", re.IGNORECASE)
_OUTSIDE_QUOTES = r"(?=(?:[^']*'[^']*')*[^']*$)"
_AND = re.compile(rf"\s+and\s+{_OUTSIDE_QUOTES}", re.IGNORECASE)
_OR = re.compile(rf"\s+or\s+{_OUTSIDE_QUOTES}", re.IGNORECASE)
_TYPE = "resourcetype"


def wanted(text: str | None, known: frozenset[str]) -> Wanted:
    """What a filter asks for; raises a 400 for what is no filter, a 501 for what is none here or not in `known`."""
    if not text:
        return {}
    found: Wanted = {}
    clauses = _AND.split(text)
    for clause in clauses:
        inner, grouped = _opened(clause)
        terms = [_term(each, text) for each in _OR.split(inner)]
        names = {name for name, _ in terms}
        if unknown := sorted(names - known):
            raise _unserved(f"filter by '{unknown[0]}'")
        if len(terms) > 1 and (names != {_TYPE} or (len(clauses) > 1 and not grouped)):
            raise _unserved("know 'or' but between resource types, in parentheses where 'and' stands beside them")
        (name,) = names
        if name in found:
            raise _unserved(f"combine two conditions of '{name}'")
        found[name] = tuple(value for _, value in terms)
    return found


def _opened(clause: str) -> tuple[str, bool]:
    """The clause without the parentheses around it, and whether there were any."""
    bare = clause.strip()
    grouped = bare.startswith("(") and bare.endswith(")")
    return (bare[1:-1] if grouped else bare), grouped


def _term(text: str, whole: str) -> tuple[str, str]:
    if _UNSERVED.match(text):
        raise _unserved(f"filter by '{text.strip()}'")
    match = _TERM.fullmatch(text)
    if match is None:
        raise WireFault(400, "InvalidFilterInQueryString", f"Invalid $filter '{whole}' specified in the query string.")
    return match[1].lower(), match[2].replace("''", "'")


def _unserved(what: str) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not {what} here.")
