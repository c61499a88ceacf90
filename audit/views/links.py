"""Links from rows of the log to the pages of what they name."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.http import RFC3986_SUBDELIMS

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.routing import declaration_of

# The page of a record by the kind that rows give it.
PAGES = {
    "student": "student-detail",
    "campaign": "campaign-detail",
    "session": "session-gate",
    "audit_log": "audit-row",
    "made_file": "made-file",
    "roster": "roster-import",
}


def link_to(request: StaffRequest, page: str, identifier: str | None) -> str:
    """Return the address of a page if the person may open such pages; else empty text.

    Ids of other services may fit no address.
    """
    if not identifier:
        return ""
    try:
        address = reverse(page, args=[identifier])
        declared = declaration_of(resolve(address).func)
    except (NoReverseMatch, Resolver404):
        return ""
    may = declared and declared.permission and request.access.may(declared.permission)
    return address if may else ""


def row_addresses(identifiers: Iterable[str]) -> list[str]:
    """Return the address of each row of the log, as `reverse` writes it; empty text for an empty id.

    `reverse` is called once: for the fifty rows of a page it takes longer than to write the page.
    """
    before, after = reverse("audit-row", args=["-"]).rsplit("-", 1)
    safe = f"{RFC3986_SUBDELIMS}/~:@"
    return [f"{before}{quote(one, safe=safe)}{after}" if one else "" for one in identifiers]


def link_to_record(request: StaffRequest, kind: str, identifier: str | None) -> str:
    """Return the address of the record that a row names, or empty text."""
    return link_to(request, PAGES[kind], identifier) if kind in PAGES else ""
