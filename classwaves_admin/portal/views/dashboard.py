"""The first page after signing in: where the schools stand, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.roles import Role
from classwaves_admin.inventory.queries.surveys import counted
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.lines import chart
from classwaves_admin.portal.numbers import STUDENTS, Named, bars, open_work, tiles, waiting
from classwaves_admin.portal.opening import address_for
from classwaves_admin.portal.queries.activity import recent_activity
from classwaves_admin.portal.queries.granted import granted_to
from classwaves_admin.portal.queries.waiting import nights, waiting_for
from classwaves_admin.schools.grades import grade_code, grade_label, grade_place
from classwaves_admin.tenancy.counted import ANEW
from classwaves_admin.tenancy.counted import counted as counted_in_scope
from classwaves_admin.warehouse.outbox import queries as outbox
from consent.queries.coverage_days import Point, coverage_over_time
from consent.queries.glances import office_watch
from consent.queries.overview import Numbers, Overview, overview
from consent.rules.overview import Standing

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
    if request.access.may(Permission.SEE_DELIVERY):
        return installation(request)
    return no_access(request)


def dashboard(request: StaffRequest) -> HttpResponse:
    """Show what waits and the numbers of the person's schools: three warehouse queries. They name no student."""
    moment = now()
    known = counted_in_scope("overview", lambda: overview(moment), now=moment, anew=ANEW in request.GET)
    seen = known.value
    schools = dict(request.school_choices)
    by_school = request.school is None and len(schools) > 1
    access = request.access
    work = [*waiting(waiting_for(access, request.school or "", moment)), *open_work(seen.together)]
    named = (lambda name: schools.get(name, "School without a name")) if by_school else _grade
    queries = {one: f"school={one}" for one in seen.by_school} if by_school else _queries_of_grades(seen)
    rows = _by_school(seen, named, queries) if by_school else _by_grade(seen, queries)

    def students(query: str) -> str:
        return address_for(access, STUDENTS, query)

    def covered(name: str | None) -> str:
        narrowed = "" if name is None else queries.get(name)
        return "" if narrowed is None else students(f"{narrowed}&standing={Standing.RECORDABLE}".lstrip("&"))

    context = {
        "known": known,
        "numbers": seen.together,
        "tiles": [
            (tile, address_for(access, tile.page, tile.query) if tile.page and tile.value else "")
            for tile in tiles(seen.together, office_watch())
        ],
        "work": [(one, address_for(access, one.page, one.query)) for one in work],
        "rows": bars(rows, students),
        "coverage": chart(
            _in_order(coverage_over_time(by_school=by_school), named), named, most=MOST_BARS, address=covered
        ),
        "by_school": by_school,
        "activity": [(one, address_for(access, "audit-list", f"event={one.event}")) for one in recent_activity()],
        "schools": schools if by_school else {},
        "granted": granted_to(str(request.user.pk), access.scope, timezone.localdate(moment))
        if access.role is Role.AUDITOR
        else None,
        "granted_schools": [name for _, name in request.school_choices],
        "roster_url": address_for(access, "roster-list"),
        "may_see_audit": access.may(Permission.SEE_AUDIT),
    }
    return render(request, "portal/dashboard.html", context)


def installation(request: StaffRequest) -> HttpResponse:
    """Show ClassWaves' own staff how the installation is, without a warehouse query and without student data."""
    moment = now()
    work = waiting(waiting_for(request.access, "", moment))
    context = {
        "work": [(one, address_for(request.access, one.page, one.query)) for one in work],
        "delivery": outbox.summary(),
        "counted": counted(everywhere=True),
        "schools": len(request.school_choices),
        "nights": nights(),
    }
    return render(request, "portal/installation.html", context)


def no_access(request: HttpRequest) -> HttpResponse:
    """Tell a person without any role that they have no access yet, and whom to ask."""
    return render(request, "portal/no_access.html", status=403)


def _by_school(seen: Overview, named: Callable[[str], str], queries: Mapping[str, str]) -> list[tuple[Named, Numbers]]:
    found = [(Named(named(school_id), queries[school_id]), numbers) for school_id, numbers in seen.by_school.items()]
    return sorted(found, key=lambda pair: pair[0].words.casefold())[:MOST_BARS]


def _in_order(points: list[Point], named: Callable[[str], str]) -> list[Point]:
    """Return figures of schools by name, those of grades from the youngest on."""
    return sorted(points, key=lambda point: grade_place(named(point.name)))


def _grade(grade: str) -> str:
    return grade_label(grade) or "No grade"


def _by_grade(seen: Overview, queries: Mapping[str, str]) -> list[tuple[Named, Numbers]]:
    grades = sorted(seen.by_grade.items(), key=lambda pair: grade_place(pair[0]))
    return [(Named(_grade(grade), queries.get(grade)), numbers) for grade, numbers in grades][:MOST_BARS]


def _queries_of_grades(seen: Overview) -> Mapping[str, str]:
    """Return what narrows the list to each grade; none for a grade that the roster writes in two ways, or in words."""
    codes = {grade: grade_code(grade) for grade in seen.by_grade}
    times = Counter(codes.values())
    return {grade: f"grade={code}" for grade, code in codes.items() if code and times[code] == 1}
