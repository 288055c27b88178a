"""A real browser on a real house: Debian's or the user's Chromium, else Playwright's own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.cli.served import Served

from hoppo.simulation.city import simulate

SHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = {"desk": (1280, 800), "phone": (390, 844)}
# What the simulated city calls one of its declarants.
DECLARANT = "3301SIM501"


class House(NamedTuple):
    """A served house with a cleared day, and the passwords of its people."""

    served: Served
    passwords: dict[str, str]

    @property
    def address(self) -> str:
        """Where the window is."""
        return f"http://127.0.0.1:{self.served.port}"


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A small simulated day, cleared, then served."""
    folder = tmp_path_factory.mktemp("window")
    served = Served(folder / "data")
    served.stop()
    city = folder / "city"
    simulate(7, 150, city)
    served.hoppo(
        "clear", str(city / "messages"), "--enterprises", str(city / "enterprises.csv"),
        "--out", str(folder / "out"), "--now", "2026-06-19T12:00",
    )  # fmt: skip
    passwords = {}
    for role in ("trader", "operator", "supervisor"):
        more = ["--enterprise", DECLARANT, "--manages"] if role == "trader" else []
        passwords[role] = served.hoppo("people", "add", role, "--role", role, *more).strip()
    served.start()
    yield House(served, passwords)
    served.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; gone with its module, for Playwright's loop disturbs Django."""
    found = os.environ.get("HOPPO_CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


Enter = Callable[..., Page]


@pytest.fixture
def enter(house: House, browser: Browser) -> Iterator[Enter]:
    """Log in as a role in a language at a width; `enter("operator", "en", "phone")`."""
    contexts = []

    def log_in(role: str | None, language: str = "en", width: str = "desk") -> Page:
        wide, high = WIDTHS[width]
        context = browser.new_context(viewport={"width": wide, "height": high})
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": house.address}])
        page = context.new_page()
        page.goto(house.address)
        if role:
            page.goto(f"{house.address}/accounts/login/")
            page.fill("input[name=login]", role)
            page.fill("input[name=password]", house.passwords[role])
            page.click("main button[type=submit]")
            page.wait_for_selector(".who")
        return page

    yield log_in
    for context in contexts:
        context.close()
