"""The page in a browser: who may do what, what is shown before it is done, what is watched, and what is undone."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.app import AppRun
from tests.e2e.visitor import IS_THERE, MISSING, PHONE, Visitor, chromium
from tests.postures import fleet
from tests.watching import CHAT

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not IS_THERE, reason=MISSING)]

NAME = "chat-one"
OTHER = CHAT.replace(NAME, "chat-two")
ACCOUNT = f"#/account{CHAT}"
VIEWS = {
    "": "Fleet",
    "#/accounts": "Accounts",
    ACCOUNT: NAME,
    f"{ACCOUNT}?tab=changes": "Changes",
    f"{ACCOUNT}?tab=access": "Access",
    f"{ACCOUNT}?tab=diagnose": "Diagnose",
    f"{ACCOUNT}?tab=code": "Code",
    "api/docs": "HTTP API",
}
MARKUP = "<img src=x onerror=alert(1)>"
MANY = 130
AS_SEEN = "Error code: 401 - PermissionDenied: lacks the required data action"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest.fixture
async def page(app: AppRun) -> str:
    """The page's address, once an account has come as far as its rule wants and another has not."""
    await app.client.create_account(CHAT, tags={"note": MARKUP})
    await app.client.create_account(OTHER, properties={})
    await app.client.deploy(CHAT)
    await app.until_at("proven")
    return app.place.variables["UNKEYED_PORTAL"]


async def test_a_reader_signs_in_sees_the_fleet_filters_it_and_opens_an_account(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice")
        await alice.see("Fleet")
        await alice.page.get_by_role("link", name=re.compile("^proven .* came here")).click()
        await alice.see("Accounts")
        rows = alice.page.locator("table.accounts tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text(NAME)
        await alice.page.get_by_label("Stands at").select_option("")
        await alice.page.get_by_label("Name").fill("TWO")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("chat-two")
        assert alice.page.url.endswith("#/accounts?name=TWO")
        await alice.button("Clear all filters").click()
        await alice.page.get_by_role("link", name=NAME).click()
        await alice.see(NAME)
        await expect(alice.page.locator(".station-row.reached")).to_have_count(4)
        await expect(alice.page.locator(".actions")).to_have_count(0)
        await expect(alice.page.get_by_text("Your role, Read, looks at everything")).to_be_visible()
        assert alice.hosts == {page.split("/")[2], await _sign_in_host(alice)}


async def _sign_in_host(visitor: Visitor) -> str:
    place = await visitor.page.evaluate("fetch('/api/sign-in').then((answer) => answer.json())")
    return str(place["authority"]).split("/")[2]


async def test_an_admin_undoes_what_was_done_and_has_it_done_again(app: AppRun, page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as dora:
        await dora.sign_in("Dora", f"{ACCOUNT}?tab=changes")
        await dora.see("Changes")
        await dora.button("Undo").click()
        await expect(dora.dialog.locator(".steps")).to_contain_text("Remove Cognitive Services User")
        assert await app.client.assignments(CHAT), "a preview changes nothing"
        await dora.confirm("Roll back", NAME)
        card = await dora.watch()
        await expect(card.locator(".tick.done")).to_have_count(1)
        assert not await app.client.assignments(CHAT)
        await expect(dora.page.locator(".timeline > li").first).to_contain_text("Asked for by Dora")

        await dora.button("Put away").click()
        await dora.page.get_by_role("link", name="Road", exact=True).click()
        await expect(dora.page.get_by_text("A rollback has stopped it")).to_be_visible()
        await dora.button("Resume the road").click()
        await expect(dora.dialog.locator(".steps")).to_contain_text("Assign Cognitive Services User")
        await dora.confirm("Resume the road", NAME)
        await dora.page.reload()  # what runs is found again
        await dora.watch()
        assert len(await app.client.assignments(CHAT)) == 1
        await expect(dora.page.get_by_text("A rollback has stopped it")).to_have_count(0)


async def test_what_is_in_the_way_is_accepted_by_name_or_not_done(app: AppRun, page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as dora:
        await dora.sign_in("Dora", ACCOUNT)
        before = (await app.client.list_keys(CHAT)).body
        await dora.button("Revoke both keys").click()
        accepted = dora.dialog.get_by_role("checkbox")
        await expect(accepted.first).to_be_visible()
        revoke = dora.button("Revoke both keys", dora.dialog)
        for each in range(await accepted.count()):
            await expect(revoke).to_be_disabled()
            await accepted.nth(each).check()
            await expect(accepted.nth(each)).to_be_checked()
        await expect(dora.dialog.get_by_text("What never comes back")).to_be_visible()
        await dora.confirm("Revoke both keys", NAME)
        await dora.watch()
        after = (await app.client.list_keys(CHAT)).body
        assert not set(before.values()) & set(after.values())


async def test_buttons_are_those_of_the_role(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as carol:
        await carol.sign_in("Carol", ACCOUNT)
        await expect(carol.button("Grant a role")).to_be_visible()
        assert await carol.page.locator(".actions button").all_text_contents() == [
            "Continue along the road",
            "Grant a role",
            "Switch connections to Entra ID",
            "Rotate the key",
        ]
    async with Visitor.at(browser, page) as bob:
        await bob.sign_in("Bob")
        await bob.see("You have no role here yet")
        await expect(bob.page.get_by_text("Unkeyed.Read")).to_be_visible()


async def test_a_fault_is_shown_where_the_person_looks_and_keeps_what_was_typed(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as carol:
        carol.excused = {400}
        await carol.sign_in("Carol", ACCOUNT)
        await carol.button("Grant a role").click()
        await carol.page.get_by_label("Group's object id").fill("no-id")
        await carol.button("Preview", carol.dialog).click()
        await expect(carol.dialog.get_by_role("alert")).to_contain_text("principalId")
        await expect(carol.page.get_by_label("Group's object id")).to_have_value("no-id")
        await expect(carol.button("Grant a role", carol.dialog)).to_be_disabled()


async def test_a_tab_stays_signed_in_over_a_reload_until_its_person_signs_out(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice", f"{ACCOUNT}?tab=access")
        await alice.see("Access")
        await alice.page.reload()
        await alice.see("Access")
        kept = await alice.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
        assert "eyJ" not in kept, "no token is stored"
        await alice.button("Sign out").click()
        await alice.page.goto(page)
        await expect(alice.button("Sign in with Microsoft Entra ID")).to_be_visible()


async def test_a_token_that_is_refused_is_renewed_and_then_asked_for_anew_but_once(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        alice.excused = {401}
        await alice.sign_in("Alice")
        await alice.see("Fleet")
        await alice.spoil_tokens("**/api/accounts*", times=1)
        await alice.go("#/accounts", "Accounts")
        await expect(alice.page.locator("table.accounts")).to_be_visible()
        signed_in = len(alice.visits("/authorize"))
        await alice.spoil_tokens("**/ledger*", times=100)
        await alice.go(f"{ACCOUNT}?tab=changes", NAME)
        await expect(alice.page.get_by_role("alert")).to_be_visible()
        assert len(alice.visits("/authorize")) == signed_in + 1


async def test_the_report_is_saved_as_a_file(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice")
        async with alice.page.expect_download() as saved:
            await alice.button("CSV").click()
        download = await saved.value
        assert download.suggested_filename == "unkeyed-fleet.csv"
        assert CHAT.lower() in (await asyncio.to_thread((await download.path()).read_text)).lower()


async def test_what_the_api_says_is_never_markup(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice", ACCOUNT)
        await expect(alice.page.get_by_text(f"note={MARKUP}")).to_be_visible()
        await expect(alice.page.locator("img[src='x']")).to_have_count(0)


async def test_access_diagnosis_and_code_answer_in_their_tabs(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice", f"{ACCOUNT}?tab=access")
        await alice.button("My own").click()
        await expect(alice.page.locator(".verdicts")).to_contain_text("Alice")
        await alice.page.get_by_role("link", name="Diagnose").click()
        await alice.page.get_by_label("Error").fill(AS_SEEN)
        await alice.button("Find the cause").click()
        await expect(alice.page.locator(".finding").first).to_be_visible()
        await alice.page.get_by_role("link", name="Code").click()
        await alice.page.get_by_label("Language").select_option("curl")
        await expect(alice.page.locator(".code-block").last).to_contain_text("chat-one")


async def test_the_whole_way_goes_by_keyboard(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as dora:
        keys = dora.page.keyboard
        await dora.page.goto(f"{page}#/accounts")
        for each in ("Sign in with Microsoft Entra ID", "Dora", NAME):
            await _tab_to(dora, each)
            await keys.press("Enter")
        await expect(dora.page.get_by_role("heading", name=NAME)).to_be_focused()
        await _tab_to(dora, "Continue along the road")
        await keys.press("Enter")
        await expect(dora.dialog).to_be_visible()
        await keys.press("Escape")
        await expect(dora.dialog).to_have_count(0)
        assert await _focused(dora) == "Continue along the road", "the button has the focus again"
        await keys.press("Enter")
        await expect(dora.dialog.locator(".notice, .steps").first).to_be_visible()
        await _tab_to(dora, "Continue along the road")
        await keys.press("Enter")
        await dora.watch()
        await _tab_to(dora, "Put away")
        await keys.press("Enter")
        await expect(dora.page.get_by_role("heading", name=NAME)).to_be_focused()


async def test_the_first_stop_of_the_keyboard_leads_past_the_top(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page) as alice:
        await alice.sign_in("Alice", "#/accounts")
        await expect(
            alice.page.get_by_role("heading", name="Accounts")
        ).to_be_focused()  # which the view does once it is drawn
        await alice.page.locator(".skip").focus()
        await alice.page.keyboard.press("Enter")
        assert await alice.page.evaluate("document.activeElement.id") == "main"
        await alice.see("Accounts")


async def _tab_to(visitor: Visitor, name: str) -> None:
    await expect(visitor.page.get_by_text(name).first).to_be_visible()
    for _ in range(80):
        await visitor.page.keyboard.press("Tab")
        if (await _focused(visitor)).startswith(name):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert await visitor.page.evaluate(outline) != "none", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"no way by Tab to {name}")


async def _focused(visitor: Visitor) -> str:
    found: str = await visitor.page.evaluate("document.activeElement.textContent.trim()")
    return found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_no_serious_fault(page: str, browser: Browser, dark: bool) -> None:
    async with Visitor.at(browser, page, dark=dark) as dora:
        await dora.page.goto(page)
        await dora.see("unkeyed")
        found = {"door": await dora.complaints()}
        await dora.sign_in("Dora")
        for view, heading in VIEWS.items():
            await dora.go(view, heading)
            await expect(dora.page.locator("main .spinner")).to_have_count(0)
            found[view or "fleet"] = await dora.complaints()
        await dora.go(ACCOUNT, NAME)
        await dora.button("Revoke both keys").click()
        await expect(dora.dialog.get_by_role("checkbox").first).to_be_visible()
        found["dialog"] = await dora.complaints()
        assert not {view: faults for view, faults in found.items() if faults}


async def test_nothing_is_wider_than_a_phone(page: str, browser: Browser) -> None:
    async with Visitor.at(browser, page, width=PHONE) as dora:
        await dora.sign_in("Dora")
        wider = {}
        for view, heading in VIEWS.items():
            await dora.go(view, heading)
            await expect(dora.page.locator("main .spinner")).to_have_count(0)
            wider[view] = await dora.sideways()
        assert not any(wider.values()), wider


async def test_a_large_fleet_is_a_picture_and_comes_in_pages(app: AppRun, page: str, browser: Browser) -> None:
    seeded = list(fleet(MANY, now=datetime.now(UTC)))
    await asyncio.gather(*map(app.postures.put, seeded))
    try:
        async with Visitor.at(browser, page) as alice:
            await alice.sign_in("Alice")
            await alice.until_shown(str(MANY + 2), ".tile-figure")
            assert not await alice.complaints()
            (drawn,) = await alice.page.locator(".picture.time").all()
            assert (await drawn.locator("title").text_content() or "").count("→") == 3
            await alice.page.get_by_role("link", name=re.compile("^quiet.waiting")).click()
            await alice.see("Accounts")
            waiting = sum(any(found["code"] == "quiet.waiting" for found in each.blockers) for each in seeded)
            rows = alice.page.locator("table.accounts tbody tr")
            await expect(rows).to_have_count(waiting)
            await alice.button("Clear all filters").click()
            await expect(rows).to_have_count(50)
            for shown in (100, MANY + 2):
                await alice.button("Show more").click()
                await expect(rows).to_have_count(shown)
            await expect(alice.button("Show more")).to_be_hidden()
            names = await rows.locator(".row-link").all_text_contents()
            assert len(set(names)) == len(names)
    finally:
        await asyncio.gather(*(app.postures.delete(each.account) for each in seeded))
