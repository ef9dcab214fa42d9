"""A cursor is one that was given, or is said to be none; a question is asked of the store as far as the store understands it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import PermanentError
from shared.store.posture_pages import PostureFilter, cursor, ranges
from shared.store.posture_rows import GLANCED, glance_of, has_codes, posture_of, row_of, with_codes
from tests.postures import SUBSCRIPTIONS, fleet, posture

FIRST = row_of(posture())


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda each: base64.urlsafe_b64encode(each).decode()))
def test_any_other_text_is_no_cursor(text: str) -> None:
    if not text:
        return
    with pytest.raises(PermanentError) as found:
        ranges(PostureFilter(), text)
    assert found.value.code == "CursorInvalid"


@pytest.mark.parametrize(
    "held", [[], ["a"], ["a", "b", "c"], ["", ""], ["a", 1], {"a": "b"}, None, ["a", "/b"], ["A", "b"], ["a", "\ud800"]]
)
def test_what_is_in_a_cursor_is_two_keys_and_nothing_else(held: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps(held).encode()).decode()
    with pytest.raises(PermanentError, match="without it"):
        ranges(PostureFilter(), text)


def test_a_page_goes_on_within_the_subscription_and_then_after_it() -> None:
    here, after = ranges(PostureFilter(), cursor(FIRST))
    assert here[0] == "PartitionKey eq @partition and RowKey gt @row"
    assert here[1] == {"partition": FIRST["PartitionKey"], "row": FIRST["RowKey"]}
    assert after == ("PartitionKey gt @partition", {"partition": FIRST["PartitionKey"]})
    assert len(ranges(PostureFilter(), None)) == 1


def test_of_one_subscription_one_range_is_read_and_another_ones_cursor_is_none() -> None:
    (only,) = ranges(PostureFilter(subscription=SUBSCRIPTIONS[0].upper()), cursor(FIRST))
    assert only[1] == {"partition": SUBSCRIPTIONS[0], "row": FIRST["RowKey"]}
    with pytest.raises(PermanentError):
        ranges(PostureFilter(subscription=SUBSCRIPTIONS[1]), cursor(FIRST))


def test_the_store_is_asked_for_what_it_can_tell_itself() -> None:
    wanted = PostureFilter(milestone="quiet", kind="OpenAI", blocker="quiet.keyUsed", name="chat")
    ((filter_, values),) = ranges(wanted, None)
    assert filter_ == "PartitionKey gt @partition and milestone eq @milestone and kind eq @kind"
    assert values == {"partition": "", "milestone": "quiet", "kind": "OpenAI"}


def test_a_posture_is_read_back_from_its_row_as_it_was() -> None:
    for each in fleet(100):
        assert posture_of(row_of(each)) == each


def test_a_row_of_before_is_read_without_what_it_does_not_have() -> None:
    (each,) = (each for each in fleet(2) if each.blockers or each.milestone)
    new = {"codes", "adviceCodes", "kind", "location", "localAuthDisabled", "createdAt", "keys"}
    old = {name: value for name, value in row_of(each).items() if name not in new}
    found = posture_of(old)
    assert (found.kind, found.location, found.local_auth_disabled, found.created_at, found.keys) == (
        None,
        None,
        None,
        None,
        {},
    )
    assert not has_codes(old)
    assert with_codes(old)["codes"] == row_of(each)["codes"]


def test_a_glance_takes_a_column_that_is_null_for_one_that_is_not_there() -> None:
    for each in fleet(40):
        whole = row_of(each)
        assert glance_of({name: whole.get(name) for name in GLANCED}) == glance_of(whole)
