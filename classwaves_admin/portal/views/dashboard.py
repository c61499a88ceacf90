"""The first page after signing in: where the schools stand, in numbers."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.numbers import bars, due_requests, late_removals, open_work, tiles
from classwaves_admin.portal.queries.activity import recent_activity
from classwaves_admin.schools.grades import grade_label, grade_place
from classwaves_admin.warehouse.outbox import queries as outbox
from consent.queries.glances import office_watch
from consent.queries.overview import Numbers, Overview, overview
from retention.queries.certificates import removals_late
from retention.queries.requests import due_soon

# A district of more schools than this looks at one school at a time; the numbers above the chart are complete.
MOST_BARS = 30


def home(request: StaffRequest) -> HttpResponse:
    """Lead each person to the first page that they may open, and say so to those who may open none."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.access.may(Permission.SEE_DASHBOARD):
        return dashboard(request)
    if request.access.may(Permission.SEE_CONSENT_STATE):
        return redirect("consent-states")
    if request.access.may(Permission.SEE_DISTRICTS):
        return redirect("district-list")
    return no_access(request)


def dashboard(request: StaffRequest) -> HttpResponse:
    """Show the numbers of the person's schools: three warehouse queries. They count students and name none."""
    seen = overview(now())
    schools = dict(request.school_choices)
    by_school = request.school is None and len(schools) > 1
    context = {
        "numbers": seen.together,
        "tiles": tiles(seen.together, office_watch()),
        "work": [
            *due_requests(due_soon(request.school or "", now())),
            *late_removals(removals_late(request.school or "", now())),
            *open_work(seen.together),
        ],
        "rows": bars(_by_school(seen, schools) if by_school else _by_grade(seen)),
        "by_school": by_school,
        "activity": recent_activity(),
        "schools": schools if by_school else {},
        "may_see_students": request.access.may(Permission.SEE_STUDENTS),
        "may_see_audit": request.access.may(Permission.SEE_AUDIT),
        "stuck": outbox.summary().stuck if request.access.may(Permission.SEE_DELIVERY) else 0,
    }
    return render(request, "portal/dashboard.html", context)


def no_access(request: HttpRequest) -> HttpResponse:
    """Tell a person without any role that they have no access yet, and whom to ask."""
    return render(request, "portal/no_access.html", status=403)


def _by_school(seen: Overview, schools: dict[str, str]) -> list[tuple[str, Numbers]]:
    named = [
        (schools.get(school_id, "School without a name"), numbers) for school_id, numbers in seen.by_school.items()
    ]
    return sorted(named, key=lambda pair: pair[0].casefold())[:MOST_BARS]


def _by_grade(seen: Overview) -> list[tuple[str, Numbers]]:
    grades = sorted(seen.by_grade.items(), key=lambda pair: grade_place(pair[0]))
    return [(grade_label(grade) or "No grade", numbers) for grade, numbers in grades][:MOST_BARS]
