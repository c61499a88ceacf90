"""Days on which somebody saw far more records than usual."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.models import UnusualDay
from audit.rules.language import Term
from audit.rules.lines import ACTOR_LABELS
from audit.rules.unusual import Unusual
from audit.unusual import SHOWN_DAYS, recent
from audit.views.asked import list_address, query_of
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now

# Of more findings than this the busiest are shown: somebody looks at the log itself then.
MOST_SHOWN = 200


@require_safe
def unusual_list(request: StaffRequest) -> HttpResponse:
    """Show the findings of the last days, newest first: one warehouse query for names of people."""
    rows = list(UnusualDay.objects.filter(recent(now())).order_by("-day", "-looks", "id")[:MOST_SHOWN])
    names = staff_names(row.actor_id for row in rows)
    schools = dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {}
    context = {
        "lines": [
            {
                "row": row,
                "name": names.get(row.actor_id, ""),
                "kind": ACTOR_LABELS.get(row.actor_type, row.actor_type),
                "school": schools.get(row.school_id, ""),
                "words": Unusual(row.looks, row.ordinary, row.most, row.days).words,
                "url": list_address(query_of([Term("actor", row.actor_id), Term("on", row.day.isoformat())])),
            }
            for row in rows
        ],
        "schools": schools,
        "days": SHOWN_DAYS,
        "least": settings.UNUSUAL_LOOKS_LEAST,
        "factor": settings.UNUSUAL_LOOKS_FACTOR,
        "month_days": settings.UNUSUAL_LOOKS_DAYS,
    }
    return render(request, "audit/unusual.html", context)
