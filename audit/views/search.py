"""The audit log: a list with a search, and a page for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from audit.actions import note_row, note_search
from audit.forms import SearchForm
from audit.queries.names import names_of
from audit.queries.search import LISTED, MOST_COUNTED, NEWEST_FIRST, PAGE_SIZE, matching, total
from audit.rules import fields
from audit.rules.language import Term
from audit.rules.lines import DETAILED_STUDENTS, LISTED_STUDENTS, concerned_students, line
from audit.rules.messy import pretty
from audit.rules.names import Names
from audit.views.asked import Search, is_address, opened, query_of, read, school_of
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor, Page, page
from classwaves_admin.warehouse.models import AuditLog


def audit_list(request: StaffRequest) -> HttpResponse:
    """Show the newest rows that fit the search of the address.

    What is sent by the form, and an address in which something typed stands open, lead to the address of the
    search: there names of people are ids, and words are sealed.
    """
    posted = request.method == "POST"
    form = SearchForm(request.POST if posted else opened(request.GET), schools=request.school_choices)
    if not form.is_valid():
        return render(request, "audit/list.html", {"form": form, "invalid": True})
    elsewhere = posted or not is_address(request, form)
    search = read(request, form, names=elsewhere)
    if search.problems:
        return render(request, "audit/list.html", {"form": form, "invalid": True, "advice": search.advice})
    if elsewhere:
        return _see(address_of(search))
    return render(request, "audit/list.html", _listed(request, search))


def audit_row(request: StaffRequest, event_id: str) -> HttpResponse:
    """Show every column of one row."""
    row = get_object_or_404(AuditLog, pk=event_id)
    names = _names_for([row], DETAILED_STUDENTS)
    shown = concerned_students(row)[:DETAILED_STUDENTS]
    note_row(by=request.actor, school_id=row.school_id, row_id=row.pk, students=shown)
    context = {
        "row": row,
        "line": line(row, names, students=DETAILED_STUDENTS, text=len(row.description) + len(row.event_type)),
        "data_accessed": pretty(row.data_accessed),
        "affected_students": pretty(row.affected_student_ids),
        "written": row.created_at.isoformat(),
        "list_url": reverse("audit-list"),
        "same_event": query_of([Term("event", row.event_type)]),
        "same_actor": query_of([Term("actor", row.actor_id)]),
    }
    return render(request, "audit/row.html", context)


def address_of(search: Search, page: str = "") -> str:
    """Return the address of a page of the search."""
    parts = [search.query, urlencode({"page": page}) if page else ""]
    query = "&".join(filter(None, parts))
    return f"{reverse('audit-list')}?{query}" if query else reverse("audit-list")


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _listed(request: StaffRequest, search: Search) -> dict[str, Any]:
    """Return what the list shows of the search, and note in the log that it was shown."""
    rows, cursor = matching(search.criteria), request.GET.get("page", "")
    try:
        part = page(rows.only(*LISTED), order=NEWEST_FIRST, size=PAGE_SIZE, cursor=cursor)
    except BadCursor as error:
        raise Http404(str(error)) from error
    names = _names_for(part.rows, LISTED_STUDENTS)
    count = _count(rows, part, cursor)
    note_search(
        by=request.actor,
        school_id=school_of(request, search.criteria),
        filters=search.criteria.used,
        rows=len(part.rows),
        students=_shown_students(part.rows),
    )
    shown = fields.shown(search.terms, dict(request.school_choices))
    return {
        "form": SearchForm({**shown, "q": search.text, "was": search.text}, schools=request.school_choices),
        "invalid": False,
        "search": search,
        "filtered": bool(search.terms),
        "lines": [line(row, names) for row in part.rows],
        "total": count,
        "several_schools": len(request.school_choices) > 1,
        "dated": search.criteria.since is not None or search.criteria.until is not None,
        "days_in": search.zone.key.replace("_", " "),
        "first_url": address_of(search) if cursor else "",
        "previous_url": address_of(search, part.previous) if part.previous else "",
        "next_url": address_of(search, part.next) if part.next else "",
    }


def _names_for(rows: Sequence[AuditLog], students_each: int) -> Names:
    return names_of(
        actors=[row.actor_id for row in rows],
        students=[student for row in rows for student in concerned_students(row)[:students_each]],
        schools=[row.school_id for row in rows],
    )


def _shown_students(rows: Sequence[AuditLog]) -> set[str]:
    return {student for row in rows for student in concerned_students(row)[:LISTED_STUDENTS]}


def _count(rows: QuerySet[AuditLog], part: Page[AuditLog], cursor: str) -> str:
    """Return the total in words. A first page that is the only one is counted already."""
    if not cursor and not part.next:
        return intcomma(len(part.rows))
    found = total(rows)
    return f"{intcomma(MOST_COUNTED)}+" if found > MOST_COUNTED else intcomma(found)
