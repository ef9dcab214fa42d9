"""The host registers its page at the sign-in, and people are sent back there: after a reset and a crash too."""

import re
from html import unescape

import aiohttp
import pytest

from simulator.company.identities import PORTAL
from tests.e2e.app import AppRun

pytestmark = pytest.mark.e2e


async def test_people_are_sent_back_to_the_page_after_a_reset_and_a_crash(app: AppRun) -> None:
    variables = app.place.variables
    assert variables["UNKEYED_PORTAL"] == f"{variables['UNKEYED_HOST']}/"
    assert variables["UNKEYED_PORTAL_CLIENT_ID"] == PORTAL.app_id
    page = variables["UNKEYED_PORTAL"]
    for address in (page, page.replace("127.0.0.1", "localhost")):
        assert await _sign_in_page(variables, address) == 200
    await app.client.reset()
    assert await _sign_in_page(variables, page) == 200
    assert await _sign_in_page(variables, f"{page}elsewhere") == 400


async def _sign_in_page(variables: dict[str, str], address: str) -> int:
    asked = {"client_id": PORTAL.app_id, "response_type": "code", "redirect_uri": address, "scope": "openid"}
    url = f"{variables['UNKEYED_SIMULATOR']}/{variables['AZURE_TENANT_ID']}/oauth2/v2.0/authorize"
    async with aiohttp.ClientSession() as session, session.get(url, params=asked) as answer:
        found = re.search(r"to <strong>([^<]+)</strong>", await answer.text())
        assert answer.status == 400 or (found and unescape(found[1]) == PORTAL.name)
        return answer.status
