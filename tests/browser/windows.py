"""Windows of the browser, each with its own cookies, watched for what a good page never does."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState

from tests.browser.people import sign_in

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


class Windows:
    """Opens windows and keeps the troubles of all: script errors, refused content, requests to other hosts."""

    def __init__(self, browser: Browser, url: str, *, patience: float) -> None:
        self.browser = browser
        self.url = url
        self.patience = patience
        self.troubles: list[str] = []
        self._contexts: list[BrowserContext] = []

    def open(self, size: dict[str, Any], *, signed_in: str = "", **options: Any) -> Page:
        """Open a window. `signed_in` is the address of one of the sample's people."""
        state = self._state(signed_in) if signed_in else None
        context = self._context(**size, storage_state=state, **options)
        return context.new_page()

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()

    def _context(self, **options: Any) -> BrowserContext:
        # Without motion a page stands still at once, so tests look at what stays.
        calm: dict[str, Any] = {"base_url": self.url, "locale": "en-US", "reduced_motion": "reduce"}
        context = self.browser.new_context(**calm | options)
        context.set_default_timeout(3_000 * self.patience)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        context.on("console", self._read)
        context.on("request", self._ask)
        self._contexts.append(context)
        return context

    def _state(self, email: str) -> StorageState:
        page = self._context(**DESKTOP).new_page()
        sign_in(page, email)
        return page.context.storage_state()

    def _read(self, line: ConsoleMessage) -> None:
        # Chromium reports every page of an error (404, 403, 422) as a failed resource; tests look at those themselves.
        of_page = (
            line.text.startswith("Failed to load resource") and line.page and line.location["url"] == line.page.url
        )
        if line.type in {"error", "warning"} and not of_page:
            self.troubles.append(f"console: {line.text}")

    def _ask(self, request: Request) -> None:
        if not request.url.startswith((self.url.rpartition(":")[0] + ":", "data:", "blob:", "about:")):
            self.troubles.append(f"a request to another host: {request.url.split('?', maxsplit=1)[0]}")
