"""Finds every page that a person may open, one of each route: by links, and those that no link leads to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from django.urls import Resolver404, ResolverMatch, resolve
from playwright.sync_api import Error, Page

from classwaves_admin.accounts.roles import PERMISSIONS, Role
from tests.architecture.routes import Route, all_routes
from tests.browser.people import confirm_password

# What a click saves or opens in another program, and mails in frames: no pages of ours.
_LINKS = "a[href]:not([download]):not([target])"
# A link inside a picture has no plain `href` of its own.
FILES = ("-pdf", "-csv", "-json")
_ADDRESSES = "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href.split('#')[0])"


class Crawl:
    """One person's way through the portal.

    `found` are the names of the routes whose page links lead to. Of the others that the person may open, `unlinked` are
    those that have a page all the same; the rest are forms that are sent alone, parts of pages and files, or their row
    is in another state. `refused` are those that a link leads to and that do not open. `unnamed` are the parts of
    addresses that no link named: those pages nobody has seen.
    """

    def __init__(self, page: Page, role: Role, *, but: str = "", lacked: frozenset[str] = frozenset()) -> None:
        """`but` is the beginning of addresses to leave out, `lacked` are parts of addresses that no row may fill."""
        self.page = page
        self.role = role
        self.but = but
        self.lacked = lacked
        self.found: set[str] = set()
        self.unlinked: set[str] = set()
        self.refused: set[str] = set()
        self.unnamed: set[str] = set()
        self._known: set[str] = set()
        self._parts: dict[str, str] = {}

    def pages(self, start: str = "/") -> Iterator[str]:
        """Go through the pages that links lead to, breadth first, then through the others.

        Yields each route's name while its first page is open.
        """
        waiting = [start]
        while waiting:
            if name := self._open(waiting.pop(0)):
                yield name
                waiting += self._new_links()
        confirm_password(self.page)  # else a page that asks who it is again would count as none
        for route in all_routes():
            if self._may(route) and route.name not in self.found and (address := self._page_of(route)):
                self.unlinked.add(route.name)
                self.page.goto(address)
                yield route.name

    def _open(self, address: str) -> str:
        """Open a page and return its route's name, or nothing for a file."""
        try:
            response = self.page.goto(address)
        except Error as answer:
            # A file for somebody who signed in a moment ago; others are asked to sign in again first.
            if "Download is starting" not in answer.message:
                raise
            return ""
        name = str(route_of(self.page.url))
        if response is None or not response.ok:
            self.refused.add(name)
        self._known.add(name)
        self.found.add(name)
        return name

    def _new_links(self) -> Iterator[str]:
        """Yield the addresses of the open page that lead to a route which is not known yet."""
        origin = urlsplit(self.page.url).netloc
        for address in self.page.locator(_LINKS).evaluate_all(_ADDRESSES):
            place, match = urlsplit(address), match_of(address)
            if match is None or place.netloc != origin or (self.but and place.path.startswith(self.but)):
                continue
            for part, value in match.kwargs.items():
                self._parts.setdefault(part, value)
            if match.view_name not in self._known:
                self._known.add(match.view_name)
                yield address

    def _may(self, route: Route) -> bool:
        """Tell whether the person may open the route; those that end in a file's name are files."""
        permission = route.declaration and route.declaration.permission
        if self.lacked & set(route.parts):
            return False
        return permission in PERMISSIONS[self.role] and not route.name.endswith(FILES)

    def _page_of(self, route: Route) -> str:
        """Return the address of a page that no link leads to, or nothing where there is none."""
        if unnamed := set(route.parts) - self._parts.keys():
            self.unnamed |= unnamed
            return ""
        address = urljoin(self.page.url, route.address(self._parts))
        answer = self.page.request.get(address, max_redirects=0)
        page = answer.ok and "text/html" in answer.headers["content-type"] and "<html" in answer.text()
        framed = "sandbox" in answer.headers.get("content-security-policy", "")  # seen inside another page
        return address if page and not framed else ""


def match_of(address: str) -> ResolverMatch | None:
    """Return what the URL configuration says of an address, or None for one that is not of the portal."""
    try:
        return resolve(unquote(urlsplit(address).path))
    except Resolver404:
        return None


def route_of(address: str) -> str | None:
    """Return the name of the route of an address of the portal."""
    match = match_of(address)
    return match.view_name if match else None
