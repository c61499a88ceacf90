"""System events: what happened in the machine room of all services."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from audit.rules.messy import pretty
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.queries.events import EventFilters, Severity, event_page, severity_of, tally_of
from classwaves_admin.portal.system_forms import EventFilterForm
from classwaves_admin.warehouse.models import SystemEvent

LIST = "event-list"
TONES = {Severity.CRITICAL: "bad", Severity.ERROR: "bad", Severity.WARNING: "wait", Severity.INFO: "info"}


@require_safe
def event_list(request: StaffRequest) -> HttpResponse:
    """Show the events of a period, newest first: two warehouse queries."""
    form = EventFilterForm(request.GET)
    period = EventFilters(since=now() - timedelta(days=form.period()), school=request.school or "")
    tally = tally_of(period)
    form.offer_components(tally.components)
    form.full_clean()
    narrowed = {"severity": form.chosen("severity"), "component": form.chosen("component")}
    try:
        part = event_page(EventFilters(period.since, period.school, **narrowed), request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "form": form,
        "tally": [(one, count) for one, count in tally.by_severity.items() if count or one is not Severity.OTHER],
        "events": [(event, *_look(event)) for event in part.rows],
        "narrowed": any(narrowed.values()),
        "sees_all": request.access.scope.schools is None,
        "sees_words": _sees_words(request),
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "portal/events/list.html", context)


@require_safe
def event_detail(request: StaffRequest, system_event_id: str) -> HttpResponse:
    """Show one event, to the office with all that its service wrote: one warehouse query."""
    event = SystemEvent.objects.filter(pk=system_event_id).first()
    if event is None:
        raise Http404("There is no such event.")
    words, tone = _look(event)
    context = {
        "event": event,
        "words": words,
        "tone": tone,
        "details": pretty(event.error_details),
        "sees_words": _sees_words(request),
        "school_name": dict(request.school_choices).get(event.school_id or "", ""),
    }
    return render(request, "portal/events/event.html", context)


def _sees_words(request: StaffRequest) -> bool:
    """Tell whether the person reads what services wrote: it may name a student, whether a school is named or not."""
    return request.access.may(Permission.SEE_STUDENTS)


def _look(event: SystemEvent) -> tuple[str, str]:
    """Return the words and the tone of an event's severity; a word that nobody knows is shown as it was written."""
    severity = severity_of(event.severity)
    return (event.severity if severity is Severity.OTHER else severity.label), TONES.get(severity, "neutral")
