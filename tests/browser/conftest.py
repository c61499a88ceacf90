"""Headless Chromium and a whole portal for the browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.portal import Portal, RunningPortal

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, and keep them in one worker, so that one portal serves them all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal with the sample school for the tests of this worker."""
    running = RunningPortal(tmp_path_factory.mktemp("portal"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    root = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *root])
        yield chromium
        chromium.close()


@pytest.fixture
def desktop(browser: Browser, portal: Portal) -> Iterator[Page]:
    """Open a page 1280 pixels wide; script errors and refused content fail the test."""
    yield from _page(browser.new_context(base_url=portal.url, viewport=DESKTOP), portal)


@pytest.fixture
def phone(browser: Browser, portal: Portal) -> Iterator[Page]:
    """Open a page 390 pixels wide with touch, as a parent has it."""
    context = browser.new_context(base_url=portal.url, viewport=PHONE, has_touch=True, is_mobile=True)
    yield from _page(context, portal)


def _page(context: BrowserContext, portal: Portal) -> Iterator[Page]:
    troubles: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    page.on("console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda request: _same_origin(request.url, portal, troubles))
    yield page
    context.close()
    assert not troubles


def _same_origin(url: str, portal: Portal, troubles: list[str]) -> None:
    if not url.startswith((portal.url, "data:", "blob:", "about:")):
        troubles.append(f"a request to another host: {url.split('?', maxsplit=1)[0]}")
