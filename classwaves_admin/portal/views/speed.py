"""Requests and speed: percentiles by endpoint, from the requests that were sampled."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.percentiles import together
from classwaves_admin.portal.queries.speed import speeds
from classwaves_admin.portal.system_forms import PeriodFilter

# The rest is quick or rare; the numbers above the table are complete.
MOST_SHOWN = 100
MOST_BARS = 12


@require_safe
def api_metrics(request: StaffRequest) -> HttpResponse:
    """Show how fast each endpoint answers and how often it fails: one warehouse query."""
    form = PeriodFilter(request.GET)
    found = speeds(since=now() - timedelta(days=form.period()), school=request.school or "")
    busiest = sorted(found, key=lambda one: -one.requests)[:MOST_BARS]
    context = {
        "form": form,
        "all": together(found),
        "speeds": found[:MOST_SHOWN],
        "more": len(found) - MOST_SHOWN,
        "bars": [{"name": f"{one.endpoint} {one.method}"[:60], "parts": one.parts()} for one in busiest],
        "percent": min(settings.API_METRICS_PERCENT, 100),
        "sees_all": request.access.scope.schools is None,
    }
    return render(request, "portal/speed/list.html", context)
