"""The audit log: a list with filters, and a page for each row."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from audit.actions import note_row, note_search
from audit.forms import SearchForm
from audit.queries.names import names_of
from audit.queries.search import LISTED, MOST_COUNTED, NEWEST_FIRST, PAGE_SIZE, matching, students_meant, total
from audit.rules.criteria import Criteria
from audit.rules.lines import DETAILED_STUDENTS, LISTED_STUDENTS, concerned_students, line
from audit.rules.messy import pretty
from audit.rules.names import Names
from audit.views.school import criteria_of, school_of
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor, Page, page
from classwaves_admin.warehouse.models import AuditLog


def audit_list(request: StaffRequest) -> HttpResponse:
    """Show the newest rows that fit the filters of the address."""
    form = SearchForm(request.GET, schools=request.school_choices)
    if not form.is_valid():
        return render(request, "audit/list.html", {"form": form, "invalid": True})
    criteria, zone = criteria_of(request, form)
    rows = matching(criteria, students_meant(criteria.student))
    cursor = request.GET.get("page", "")
    try:
        part = page(rows.only(*LISTED), order=NEWEST_FIRST, size=PAGE_SIZE, cursor=cursor)
    except BadCursor as error:
        raise Http404(str(error)) from error
    names = _names_for(part.rows, LISTED_STUDENTS)
    count = _count(rows, part, cursor, criteria)
    note_search(
        by=request.actor,
        school_id=school_of(request, criteria),
        filters=criteria.used,
        rows=len(part.rows),
        students=_shown_students(part.rows),
    )
    context = {
        "form": form,
        "invalid": False,
        "filtered": bool(criteria.used),
        "lines": [line(row, names) for row in part.rows],
        "total": count,
        "several_schools": len(request.school_choices) > 1,
        "dated": criteria.since is not None or criteria.until is not None,
        "days_in": zone.key.replace("_", " "),
        "asked": [(name, value) for name, value in request.GET.items() if name in form.fields],
        **_neighbours(request, part, cursor),
    }
    return render(request, "audit/list.html", context)


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
    }
    return render(request, "audit/row.html", context)


def _names_for(rows: Sequence[AuditLog], students_each: int) -> Names:
    return names_of(
        actors=[row.actor_id for row in rows],
        students=[student for row in rows for student in concerned_students(row)[:students_each]],
        schools=[row.school_id for row in rows],
    )


def _shown_students(rows: Sequence[AuditLog]) -> set[str]:
    return {student for row in rows for student in concerned_students(row)[:LISTED_STUDENTS]}


def _count(rows: QuerySet[AuditLog], part: Page[AuditLog], cursor: str, criteria: Criteria) -> str:
    """Return the total in words, or empty text.

    A first page that is the only one is counted already. A student's search has used its third query
    for the name, so its total stays open.
    """
    if not cursor and not part.next:
        return intcomma(len(part.rows))
    if criteria.student:
        return ""
    found = total(rows)
    return f"{intcomma(MOST_COUNTED)}+" if found > MOST_COUNTED else intcomma(found)


def _neighbours(request: StaffRequest, part: Page[AuditLog], cursor: str) -> dict[str, str]:
    """Return the addresses of the pages around this one, each the same search."""

    def address(target: str) -> str:
        query = request.GET.copy()
        query.pop("page", None)
        if target:
            query["page"] = target
        return f"{reverse('audit-list')}?{query.urlencode()}"

    return {
        "first_url": address("") if cursor else "",
        "previous_url": address(part.previous) if part.previous else "",
        "next_url": address(part.next) if part.next else "",
    }
