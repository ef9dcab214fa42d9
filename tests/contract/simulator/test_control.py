"""The simulator's own interface says what is wrong with a call of it."""

from typing import Any

import aiohttp
import pytest

from tests.local import Place


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "clock", {"ahead": 3}, "'advance' is missing"),
        ("POST", "tokens", {"principal": "nobody"}, "no user or service principal"),
        ("POST", "events", {}, "'events' is missing"),
        ("PATCH", "knobs", {"speed": 1}, "there is no knob 'speed'"),
        ("POST", "faults", {"answer": {"status": 200}}, "one of 400 to 599, not 200"),
        ("POST", "faults", {"answer": {}}, "one of 400 to 599, not None"),
        ("POST", "faults", {"drop": "before", "colour": "red"}, "unknown in a fault: colour"),
        ("POST", "faults", {"drop": "before", "path": "("}, "unterminated subpattern"),
        ("POST", "faults", "{", "Expecting"),
    ],
)
async def test_a_wrong_call_is_told_what_is_wrong(place: Place, method: str, path: str, body: Any, said: str) -> None:
    content: dict[str, Any] = {"data": body} if isinstance(body, str) else {"json": body}
    headers = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{place.variables['UNKEYED_SIMULATOR']}/_sim/{path}", **content) as answer,
    ):
        assert answer.status == 400
        assert said in (await answer.json())["error"]
