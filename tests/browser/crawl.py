"""Finds every page that a person reaches by links, one of each route."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

# What a click saves or opens in another program, and mails in frames: no pages of ours.
_LINKS = "a[href]:not([download]):not([target])"
# A link inside a picture has no plain `href` of its own.
_ADDRESSES = "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href.split('#')[0])"


def route_of(address: str) -> str | None:
    """Return the name of the route of an address of the portal."""
    try:
        match = resolve(unquote(urlsplit(address).path))
    except Resolver404:
        return None
    return match.view_name


def routes(page: Page, start: str = "/", *, but: str = "") -> Iterator[str]:
    """Go through the pages breadth first; yield each route's name while its first page is open.

    `but` is the beginning of addresses to leave out.
    """
    origin = urlsplit(page.url).netloc
    waiting, known = [start], {route_of(start)}
    while waiting:
        try:
            page.goto(waiting.pop(0))
        except Error as answer:
            # A file for somebody who signed in a moment ago; others are asked to sign in again first.
            if "Download is starting" not in answer.message:
                raise
            continue
        known.add(route_of(page.url))
        yield str(route_of(page.url))
        for address in page.locator(_LINKS).evaluate_all(_ADDRESSES):
            name = route_of(address)
            place = urlsplit(address)
            if but and place.path.startswith(but):
                continue
            if place.netloc == origin and name and name not in known:
                known.add(name)
                waiting.append(address)
