"""Takes the README's picture of the page, from the demo's estate as the app has left it after some seconds.

PYTHONPATH=. .venv/bin/python scripts/screenshot.py
"""

import asyncio
import shutil
import tempfile
from pathlib import Path

from simulator.company.estate import ESTATE_POLICY, seed_estate
from simulator.local import AppOptions, local_azure
from tests.conftest import ROOT
from tests.e2e.visitor import Visitor, chromium

PICTURE = ROOT / "docs" / "images" / "portal.png"
WIDTH, HEIGHT = 1280, 980
SHORT: dict[str, object] = {"role_propagation": 2.0, "local_auth_lag": 2.0, "log_ingestion": 1.0}  # seconds
SETTINGS = {"UNKEYED_SWEEP_SCHEDULE": "*/4 * * * * *"}
SEALED = 2  # accounts at the least, so that every part of the road is seen


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copyfile(ESTATE_POLICY, home / "policy.yaml")
        async with local_azure(home, None) as local:
            local.azure.knobs = local.azure.knobs.turned(SHORT)
            seed_estate(local.azure)
            await local.start_app(AppOptions(policy=str(home / "policy.yaml"), settings=SETTINGS))
            await take(local.company.page)


async def take(address: str) -> None:
    """Signs in, waits until the estate has come far enough, and takes the picture."""
    async with chromium() as browser, Visitor.at(browser, address, width=WIDTH, height=HEIGHT) as dora:
        await dora.sign_in("Dora")
        async with asyncio.timeout(120):
            while await sealed(dora) < SEALED:
                await dora.page.reload()
        PICTURE.parent.mkdir(exist_ok=True)
        await dora.page.evaluate("document.activeElement.blur()")
        await dora.page.screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB")


async def sealed(visitor: Visitor) -> int:
    """How many accounts the page says are sealed."""
    await visitor.see("Fleet")
    figures = await visitor.page.locator(".tile-figure.good").all_text_contents()  # none before the first sweep
    return sum(map(int, figures))


if __name__ == "__main__":
    asyncio.run(main())
