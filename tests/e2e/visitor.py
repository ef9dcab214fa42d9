"""Somebody with a browser on the page: signs in, clicks, types, and notes every fault that the browser tells of."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, Route, async_playwright, expect

from tests.conftest import ROOT
from tests.patience import PATIENCE

CHROMIUM = shutil.which("chromium")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MISSING = "the browser is not there: scripts/setup_browser.sh installs Chromium, make setup axe-core"
IS_THERE = CHROMIUM is not None and AXE.exists()
PATIENCE_MS = PATIENCE * 1000
PHONE, DESK = 360, 1280
# It runs as root in CI, has little shared memory there, and must call nobody but the local Azure
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


class Visitor:
    """One person in a browser of their own. `faults` must be empty at the end; `excused` are statuses that are expected."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        self.answered: list[str] = []
        self.excused: set[int] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("response", self._answered)

    @classmethod
    @asynccontextmanager
    async def at(
        cls, browser: Browser, address: str, *, width: int = DESK, height: int = 900, dark: bool = False
    ) -> AsyncIterator[Self]:
        """A new visitor; nothing was there that a browser complains of, or the test fails."""
        expect.set_options(timeout=PATIENCE_MS)
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        await context.add_init_script(_VIOLATIONS)
        visitor = cls(await context.new_page(), address)
        yield visitor
        assert not [*visitor.faults, *await visitor.page.evaluate("window.violations ?? []")]
        await context.close()

    def _said(self, message: ConsoleMessage) -> None:
        excused = any(f"status of {each} " in message.text for each in self.excused)
        if message.type in {"error", "warning"} and not excused:
            self.faults.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        self.answered.append(response.url)

    @property
    def hosts(self) -> set[str]:
        """Whom the browser has called."""
        return {urlsplit(each).netloc for each in self.answered if not each.startswith("blob:")}

    def visits(self, path: str) -> list[str]:
        """The calls to addresses whose path ends so."""
        return [each for each in self.answered if urlsplit(each).path.endswith(path)]

    async def spoil_tokens(self, pattern: str, times: int) -> None:
        """Has calls carry a token that the API refuses."""

        async def spoil(route: Route) -> None:
            await route.continue_(headers={**route.request.headers, "authorization": "Bearer spoilt"})

        await self.page.route(pattern, spoil, times=times)

    async def sign_in(self, person: str, view: str = "") -> None:
        """From the door, by the sign-in's page, back to the view that was meant."""
        await self.page.goto(f"{self.address}{view}")
        await self.button("Sign in with Microsoft Entra ID").click()
        await self.page.get_by_role("button", name=f"{person} ").click()
        await expect(self.page.locator(".who-name")).to_have_text(person)

    async def go(self, view: str, heading: str) -> None:
        """To a view by its address."""
        await self.page.goto(f"{self.address}{view}")
        await self.see(heading)

    async def see(self, heading: str) -> None:
        """Waits until a heading says this."""
        await expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()

    async def until_shown(self, text: str, where: str) -> None:
        """Loads the page again and again until the first element there says this: what it is drawn from is kept for seconds."""
        async with asyncio.timeout(PATIENCE):
            while await self.page.locator(where).first.text_content() != text:
                await self.page.reload()

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def confirm(self, name: str, account: str) -> None:
        """Reads a dialog's preview, types the account's name where that is asked for, and has it done."""
        await expect(self.dialog.locator(".steps, .notice").first).to_be_visible()
        asked = self.dialog.get_by_label(f"Type {account} to confirm")
        if await asked.count():
            await expect(self.button(name, self.dialog)).to_be_disabled()
            await asked.fill(account)
        await self.button(name, self.dialog).click()
        await expect(self.dialog).to_have_count(0)

    async def watch(self, state: str = "succeeded") -> Locator:
        """Follows the operation on the page until it has come to this state."""
        card = self.page.locator(".operation")
        await expect(card).to_have_attribute("data-state", state)
        return card

    async def complaints(self) -> list[str]:
        """What axe finds that is serious or critical in what is shown now."""
        await self.page.evaluate(await asyncio.to_thread(AXE.read_text))
        found: Any = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in found["violations"]
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"]
        ]

    async def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        wider: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider
