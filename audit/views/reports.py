"""Reports: what can be made, what was made, and the form of each."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.actions import note_choice
from audit.making.actions import ask
from audit.making.queries import making_page
from audit.models import Making
from audit.reports.asked import asked_words
from audit.reports.forms import ReportForm
from audit.reports.registry import OFFERS, Offer, offered
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.tenancy.scope import inside

LIST, DETAIL = "report-list", "made-file"


def report_list(request: StaffRequest) -> HttpResponse:
    """Show the reports that can be made, and the files that were made for the person's schools, newest first."""
    try:
        part, lines = making_page(request.access.scope, str(request.user.pk), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone: this is its beginning.")
        return redirect(LIST)
    schools = dict(request.school_choices)
    context = {
        "offers": OFFERS,
        "lines": [(line, schools.get(line.making.school_id, ""), asked_words(line.making)) for line in lines],
        "several_schools": len(schools) > 1,
        "moment": now(),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "audit/reports.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: StaffRequest, report: str) -> HttpResponse:
    """Ask for school, period and filters of a report, and have it made."""
    found = offered(report)
    if found is None:
        raise Http404("There is no such report.")
    return _new(request, found)


def _new(request: StaffRequest, report: Offer) -> HttpResponse:
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    posted = request.POST if request.method == "POST" else None
    initial = {name: request.GET.get(name, "") for name in ("student", "looks")}
    form = ReportForm(posted, report=report, schools=schools, initial=initial)
    if posted is None or not form.is_valid() or not _can_be_printed(request, report, form, schools):
        if form.shows_names:
            note_choice(by=request.actor, students=[(one.id, one.school_id) for one in form.pupils])
        context = {"form": form, "report": report, "most": settings.REPORT_MOST_ROWS}
        return render(request, "audit/report_new.html", context, status=200 if posted is None else 422)
    role = request.access.role
    making = ask(
        kind=report.kind,
        school_id=form.school_id or _only(schools),
        scope=request.access.scope,
        parameters=form.parameters(),
        user=cast(User, request.user),
        role=role.label if role else "",
        by=request.actor,
        now=now(),
        students=[form.pupil.id] if form.pupil else [],
    )
    return redirect(DETAIL, making.pk)


def _can_be_printed(request: StaffRequest, report: Offer, form: ReportForm, schools: list[tuple[str, str]]) -> bool:
    """Count the rows of a report that may be too long before it is begun; where it is, say so in the form."""
    if report.count is None:
        return True
    most: int = settings.REPORT_MOST_ROWS
    making = Making(school_id=form.school_id or _only(schools) or "", parameters=form.parameters())
    with inside(making.scope if making.school_id else request.access.scope):
        if report.count(making, most) <= most:
            return True
    form.add_error(
        None,
        f"More than {intcomma(most)} events fit, which is more than a report prints: choose a shorter period, or have "
        "an auditor pack made, which has no limit.",
    )
    return False


def _only(schools: list[tuple[str, str]]) -> str | None:
    return schools[0][0] if len(schools) == 1 else None
