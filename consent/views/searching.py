"""Searches by name that keep the name out of the address."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from classwaves_admin.accounts.requests import StaffRequest

# Where in a session the names stand that somebody searched for.
SEARCHES = "student_searches"
# Enough for many open tabs; the oldest search ends first.
_MOST_REMEMBERED = 20


def remembered_name(request: StaffRequest) -> str:
    """Return the name that the address's `search` stands for; empty where the session has forgotten it."""
    return name_behind(request, request.GET.get("search", ""))


def name_behind(request: StaffRequest, search: str) -> str:
    """Return the name that was searched for; empty where the session has forgotten it."""
    return str(request.session.get(SEARCHES, {}).get(search, ""))


def search_is_over(request: StaffRequest) -> bool:
    """Tell whether the address names a search that the session has forgotten."""
    return bool(request.GET.get("search")) and not remembered_name(request)


class Narrowing(Protocol):
    """The filters of a list of students: codes for the address, and a name that stays out of it."""

    @property
    def name(self) -> str:
        """Part of a name, or empty."""

    @property
    def codes(self) -> dict[str, str]:
        """What may stand in the address, by the name of its field."""


def to_list(request: StaffRequest, url_name: str, filters: Narrowing) -> HttpResponse:
    """Send the browser to the list with these filters, the name kept in the session."""
    query = filters.codes | {"search": _remember(request, filters.name) if filters.name else ""}
    response = HttpResponseRedirect(address(url_name, query.items()))
    response.status_code = 303
    return response


def address(url_name: str, query: Iterable[tuple[str, str]], parts: Sequence[str] = ()) -> str:
    """Return the address of a list with what is set in `query`; `parts` fill in the route."""
    path, kept = reverse(url_name, args=parts), urlencode([(name, value) for name, value in query if value])
    return f"{path}?{kept}" if kept else path


def neighbours(
    request: StaffRequest, url_name: str, *, previous: str, following: str, parts: Sequence[str] = ()
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


def _remember(request: StaffRequest, name: str) -> str:
    searches: dict[str, str] = request.session.get(SEARCHES, {})
    key = next((key for key, kept in searches.items() if kept == name), "") or secrets.token_hex(4)
    kept = {other: text for other, text in searches.items() if other != key}
    request.session[SEARCHES] = dict([*kept.items(), (key, name)][-_MOST_REMEMBERED:])
    return key
