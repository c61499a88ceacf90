"""Addresses of the pages of a list: its filters stay, the cursor moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

__all__ = ["address", "neighbours"]


def address(url_name: str, query: Iterable[tuple[str, str]], parts: Sequence[str] = ()) -> str:
    """Return the address of a list with what is set in `query`; `parts` fill in the route."""
    path, kept = reverse(url_name, args=parts), urlencode([(name, value) for name, value in query if value])
    return f"{path}?{kept}" if kept else path


def neighbours(
    request: HttpRequest, url_name: str, *, previous: str, following: str, parts: Sequence[str] = ()
) -> dict[str, str]:
    """Return the addresses of the first, previous and next page with the same filters, for the pager."""

    def page(cursor: str) -> str:
        query = {name: value for name, value in request.GET.dict().items() if name != "cursor"}
        return address(url_name, [*query.items(), ("cursor", cursor)], parts)

    return {
        "first_url": page("") if request.GET.get("cursor") else "",
        "previous_url": page(previous) if previous else "",
        "next_url": page(following) if following else "",
    }
