"""What the local Functions host answers at its root, and to an app that takes every path, as azure-functions-host does."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from simulator.host.process import HostProcess

EVERYTHING = """
import json
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route("{*path}")
async def everything(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps([req.method, dict(req.route_params)]), headers={"X-Method": req.method})
"""
NAMED = EVERYTHING.replace('"{*path}"', 'route="", methods=["GET"]')


@asynccontextmanager
async def serving(folder: Path, source: str, **settings: str) -> AsyncIterator[str]:
    app = folder / "app"
    app.mkdir()
    (app / "function_app.py").write_text(source)
    (app / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}))
    host = HostProcess(app, settings, log=folder / "log")
    await host.start()
    yield host.url
    await host.stop()


async def asked(method: str, url: str) -> tuple[int, str, aiohttp.ClientResponse]:
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        return answer.status, await answer.text(), answer


async def test_a_function_that_takes_every_path_gets_all_but_the_hosts_own_whatever_the_method(tmp_path: Path) -> None:
    async with serving(tmp_path, EVERYTHING) as url:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            assert json.loads((await asked(method, f"{url}/"))[1]) == [method, {}]
        assert (await asked("HEAD", f"{url}/"))[2].headers["X-Method"] == "HEAD"
        assert json.loads((await asked("GET", f"{url}/a/b%20c/"))[1]) == ["GET", {"path": "a/b c/"}]
        for path in ("admin", "admin/host/status", "ADMIN/x", "runtime", "runtime/webhooks/other"):
            status, body, _ = await asked("GET", f"{url}/{path}")
            assert (status in {401, 404}, body) == (True, "")


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({}, 200, "Your Functions app is up and running"),
        ({"AzureWebJobsDisableHomepage": "1"}, 200, "Your Functions app is up and running"),
        ({"AzureWebJobsDisableHomepage": "True"}, 204, ""),
    ],
)
async def test_the_hosts_own_page_is_at_the_root_unless_it_is_switched_off(
    tmp_path: Path, settings: dict[str, str], status: int, said: str
) -> None:
    async with serving(tmp_path, NAMED, **settings) as url:
        for method in ("GET", "POST"):
            found, body, _ = await asked(method, f"{url}/")
            assert (found, said in body) == (status, True)
        assert (await asked("GET", f"{url}/everything"))[0] == 200  # an empty route is the function's name
        assert (await asked("GET", f"{url}/other"))[0] == 404
