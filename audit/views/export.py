"""The rows that a search of the audit log finds, as a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from audit.actions import note_export
from audit.forms import SearchForm
from audit.queries.indexed import rows_of
from audit.queries.search import NEWEST_FIRST
from audit.views.asked import read, school_of
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.arrow_csv import csv_chunks
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.models import AuditLog

COLUMNS = [field.attname for field in AuditLog.columns()]


@require_POST
def audit_csv(request: StaffRequest) -> HttpResponseBase:
    """Stream every row that fits the filters, newest first, with all columns; times in UTC.

    The export is in the log before the first byte leaves, and is no row of its own file.
    """
    form = SearchForm(request.POST, schools=request.school_choices)
    if not form.is_valid():
        return _refused(request, form)
    search = read(request, form, names=True)
    if search.problems:
        return _refused(request, form, search.advice)
    rows = rows_of(search.criteria)
    event = note_export(
        by=request.actor,
        school_id=school_of(request, search.criteria),
        criteria=search.criteria,
        rows=rows.count(),
        students=search.students,
    )
    found = arrow.batches(rows.exclude(pk=event.pk).order_by(*NEWEST_FIRST), COLUMNS)
    name = f"audit-log-{now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(
        csv_chunks(arrow.schema(AuditLog, COLUMNS), found), content_type="text/csv; charset=utf-8", headers=headers
    )


def _refused(request: StaffRequest, form: SearchForm, advice: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    return render(request, "audit/list.html", {"form": form, "invalid": True, "advice": advice}, status=400)
