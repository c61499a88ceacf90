"""Searches by name that keep the name out of the address."""

from __future__ import annotations

import secrets
from typing import Protocol

from django.http import HttpResponse, HttpResponseRedirect

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.pager import address

__all__ = [
    "SEARCHES",
    "Narrowing",
    "name_behind",
    "remembered_name",
    "search_is_over",
    "to_list",
]

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
    """The filters of a list: codes for the address, and a name that stays out of it."""

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


def _remember(request: StaffRequest, name: str) -> str:
    searches: dict[str, str] = request.session.get(SEARCHES, {})
    key = next((key for key, kept in searches.items() if kept == name), "") or secrets.token_hex(4)
    kept = {other: text for other, text in searches.items() if other != key}
    request.session[SEARCHES] = dict([*kept.items(), (key, name)][-_MOST_REMEMBERED:])
    return key
