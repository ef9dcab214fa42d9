"""Pages of postures: what is asked for, as filters that Tables know and what is left to look at here, and where to go on.

A page is read by ranges of keys, which is what Tables are quick at: the rest of the last row's subscription, then the
subscriptions after it. See "Querying tables and entities" and "Design for querying" of the documentation of Azure Tables.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import PermanentError
from shared.store.posture_rows import Posture, codes_in
from shared.store.tables import Row, key

# Tables give no more at a time
MOST_ROWS = 1000
_EQUAL = ("milestone", "covered", "rule", "goal", "kind")

# As a milestone: the accounts on the road that have reached none
NOT_BEGUN = "none"
_ON_THE_ROAD = "covered"

type Range = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PostureFilter:
    """Which postures are wanted; an empty word leaves it open.

    `blocker` is a code, `name` any part of an account's name, in whatever case; the others are equal or not. NOT_BEGUN for
    a milestone is of accounts under a rule that have reached none.
    """

    milestone: str = ""
    covered: str = ""
    rule: str = ""
    goal: str = ""
    subscription: str = ""
    kind: str = ""
    blocker: str = ""
    name: str = ""

    @property
    def is_left_to_us(self) -> bool:
        """True where Tables cannot tell by themselves which rows are wanted: they know no `contains`, and nothing of what is
        not there."""
        return bool(self.blocker or self.name or self.is_not_begun)

    @property
    def is_not_begun(self) -> bool:
        return self.milestone == NOT_BEGUN

    @property
    def equal(self) -> Mapping[str, str]:
        """The columns that are to hold just this."""
        named = {name: value for name in _EQUAL if (value := getattr(self, name))}
        return named | {"covered": named.get("covered", _ON_THE_ROAD), "milestone": ""} if self.is_not_begun else named

    def takes(self, row: Row) -> bool:
        """Whether a row is wanted that Tables have let through, of which TELLING need be there."""
        if self.name.lower() not in row["RowKey"].rpartition("|")[2]:
            return False
        if self.is_not_begun and row.get("milestone"):
            return False
        return not self.blocker or any(each.code == self.blocker for each in codes_in(row))

    @property
    def can_match(self) -> bool:
        """False where a word holds what no name has, and Tables refuse in a filter: a line's end, half of a character."""
        return all(getattr(self, each).isprintable() for each in (*_EQUAL, "subscription"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some postures in the order of their keys; `next` is where to go on, None on the last page."""

    postures: tuple[Posture, ...]
    next: str | None


def ranges(wanted: PostureFilter, after: str | None) -> tuple[Range, ...]:
    """The queries to make one after the other, each a filter and its values; raises PermanentError for a cursor that is none."""
    partition, row = _read(after) if after else ("", "")
    only = wanted.subscription.lower()
    if only and partition not in ("", only):
        raise _invalid()
    equal = {name: value for name, value in wanted.equal.items() if value}
    rest = "".join(f" and {name} eq @{name}" for name in equal)
    if only:
        found: list[Range] = [("PartitionKey eq @partition and RowKey gt @row", {"partition": only, "row": row})]
    else:
        here: Range = ("PartitionKey eq @partition and RowKey gt @row", {"partition": partition, "row": row})
        found = [*([here] if partition else []), ("PartitionKey gt @partition", {"partition": partition})]
    return tuple((f"{keys}{rest}", {**values, **equal}) for keys, values in found)


def cursor(row: Row) -> str:
    """By which the rows after this one are found."""
    return base64.urlsafe_b64encode(json.dumps([row["PartitionKey"], row["RowKey"]]).encode()).decode()


def _read(text: str) -> tuple[str, str]:
    try:
        found = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _invalid() from error
    match found:
        case [str(partition), str(row)] if partition and all(_is_key(each) for each in (partition, row)):
            return partition, row
    raise _invalid()


def _is_key(text: str) -> bool:
    return key(text) == text and text.isprintable()


def _invalid() -> PermanentError:
    return PermanentError(
        "The cursor is none that was given for this question; ask once more without it, from the first page.",
        code="CursorInvalid",
    )
