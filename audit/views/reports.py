"""Reports: what can be made, and what was made."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from audit.making.queries import making_page
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from consent.views.searching import neighbours

LIST = "report-list"


def report_list(request: StaffRequest) -> HttpResponse:
    """Show the files that were made for the person's schools, newest first."""
    try:
        part, lines = making_page(request.access.scope, str(request.user.pk), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone: this is its beginning.")
        return redirect(LIST)
    schools = dict(request.school_choices)
    context = {
        "lines": [(line, schools.get(line.making.school_id, "")) for line in lines],
        "several_schools": len(schools) > 1,
        "moment": now(),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "audit/reports.html", context)
