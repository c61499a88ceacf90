"""Headless Chromium and a whole portal for the browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.portal import PATIENCE, Portal, RunningPortal
from tests.browser.windows import DESKTOP, PHONE, Windows

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, so that `-m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal with the sample school, one for each worker of the test run."""
    running = RunningPortal(tmp_path_factory.mktemp("portal"))
    try:
        yield running.start()
    finally:
        running.stop()


# For the tests of this folder alone: while Playwright runs, Django takes the thread for an asynchronous one.
@pytest.fixture(scope="package")
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
def windows(browser: Browser, portal: Portal) -> Iterator[Windows]:
    """Open windows of the browser; errors of scripts, refused content and other hosts fail the test."""
    opened = Windows(browser, portal.url, patience=portal.patience)
    expect.set_options(timeout=1_000 * portal.patience)
    yield opened
    expect.set_options(timeout=1_000 * PATIENCE)
    opened.close()
    assert not opened.troubles


@pytest.fixture
def desktop(windows: Windows) -> Page:
    """Open a page 1280 pixels wide."""
    return windows.open(DESKTOP)


@pytest.fixture
def phone(windows: Windows) -> Page:
    """Open a page 390 pixels wide with touch, as a parent has it."""
    return windows.open(PHONE)
