"""Every page of every role: no fault of access, nothing wider than the screen, nothing broken."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser.conftest import SHOTS, Enter, House

pytestmark = pytest.mark.slow
MOST_BYTES = 150_000
OPEN = {"/try", "/codes", "/law", "/tariff", "/calculator"}


def see(page: Page, house: House, address: str, name: str, width: str) -> list[str]:
    """Open a page, keep its picture, and say what is wrong with it."""
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    answer = page.goto(house.address + address)
    assert answer is not None
    if answer.status >= 400:
        faults.append(f"status {answer.status}")
    if len(answer.body()) > MOST_BYTES:
        faults.append(f"{len(answer.body())} bytes")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        faults.append("wider than the screen")
    violations: Any = Axe().run(page).response["violations"]
    faults += [f"axe {one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    return [f"{address} at {width}: {fault}" for fault in faults]


def menu(page: Page) -> list[str]:
    """The addresses of the menu."""
    ways = page.locator(".ways a")
    return [str(ways.nth(at).get_attribute("href")) for at in range(ways.count())]


@pytest.mark.parametrize(
    ("role", "width"),
    [
        (None, "desk"), (None, "phone"), ("trader", "desk"), ("trader", "phone"),
        ("operator", "desk"), ("operator", "phone"), ("supervisor", "phone"),
    ],
)  # fmt: skip
def test_every_page_of_the_menu(house: House, enter: Enter, role: str | None, width: str) -> None:
    language = "zh-hans" if width == "phone" else "en"
    page = enter(role, language, width)
    faults = []
    # What is open to all is seen as a stranger alone.
    own = [address for address in menu(page) if role is None or address not in OPEN]
    more = ["/account", "/accounts/2fa/"] if role else ["/", "/register", "/accounts/login/"]
    for address in [*own, *more]:
        name = f"{role or 'stranger'}-{re.sub(r'[^a-z0-9]+', '-', address.strip('/')) or 'first'}"
        faults += see(page, house, address, name, width)
    assert faults == []


@pytest.mark.parametrize(("status", "width"), [("800", "desk"), ("100", "phone"), ("500", "desk")])
def test_a_list_of_each_kind(house: House, enter: Enter, status: str, width: str) -> None:
    page = enter("operator", "en", width)
    page.goto(f"{house.address}/find?status={status}")
    address = str(page.locator("table a").first.get_attribute("href"))
    assert see(page, house, address, f"list-{status}", width) == []


def test_a_wrong_password_is_refused_in_both_languages(house: House, enter: Enter) -> None:
    for language, said in (("en", "not correct"), ("zh-hans", "不正确")):
        page = enter(None, language)
        page.goto(f"{house.address}/accounts/login/")
        page.fill("input[name=login]", "operator")
        page.fill("input[name=password]", "no such password")
        page.click("main button[type=submit]")
        assert said in page.inner_text("main")


def test_a_page_can_be_read_without_scripts(house: House, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(house.address)
    assert page.locator("h1").count() == 1
    context.close()


def test_the_board_refreshes_itself(house: House, enter: Enter) -> None:
    page = enter("operator", "en")
    page.goto(f"{house.address}/now")
    with page.expect_response(lambda one: one.url.endswith("/now"), timeout=15_000) as seen:
        pass
    assert seen.value.request.headers["hx-request"] == "true"
    assert page.locator("h1").count() == 1
