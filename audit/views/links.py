"""Links from rows of the log to the pages of what they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from django.db.models import Model
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.http import RFC3986_SUBDELIMS

from audit.rules.names import Names
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.routing import declaration_of
from retention.models import Certificate, LegalHold, RightsRequest, Run

# The page of a record by the kind that rows give it.
PAGES = {
    "student": "student-detail",
    "campaign": "campaign-detail",
    "session": "session-gate",
    "audit_log": "audit-row",
    "made_file": "made-file",
    "roster": "roster-import",
    "request": "request-detail",
    "legal_hold": "hold-detail",
    "retention_run": "run-detail",
    "certificate": "certificate-detail",
}
# Records of the portal that end before the log does: a link to one that is gone would lead nowhere.
ENDING: Mapping[str, type[Model]] = {
    "request": RightsRequest,
    "legal_hold": LegalHold,
    "retention_run": Run,
    "certificate": Certificate,
}
# Someone's account: the id of staff, who have a page, or of people whose role the portal grants.
ACCOUNT = "account"


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


def link_to_staff(request: StaffRequest, identifier: str | None, names: Names) -> str:
    """Return the address of the page of somebody of the staff of the person's schools, or empty text."""
    return link_to(request, "person-staff", identifier) if identifier in names.at_school else ""


def link_to_record(request: StaffRequest, kind: str, identifier: str | None, names: Names) -> str:
    """Return the address of the record that a row names, or empty text. One query to the portal at most."""
    if kind == ACCOUNT:
        return link_to_staff(request, identifier, names)
    address = link_to(request, PAGES[kind], identifier) if kind in PAGES else ""
    if address and kind in ENDING and not ENDING[kind]._default_manager.filter(pk=identifier).exists():
        return ""
    return address
