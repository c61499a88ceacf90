"""Schools: the list, the profile of one, and editing it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.views.districts import GONE
from classwaves_admin.portal.views.school_scope import in_school
from classwaves_admin.portal.views.side_by_side import ON_ITS_WAY, pairs_of, seen_again
from classwaves_admin.portal.views.ways import way_to
from classwaves_admin.schools.edited import EditedMeanwhile, fingerprint
from classwaves_admin.schools.models import Agreement
from classwaves_admin.schools.profile.actions import FIELDS, edit_school
from classwaves_admin.schools.profile.agreements import FLAGS
from classwaves_admin.schools.profile.forms import SchoolFilters, SchoolForm
from classwaves_admin.schools.profile.queries import Profile, district_of, newest_statements, profile_of, school_page
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.reach import school_or_404
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox.holding import OnItsWay
from retention.actions.moves import moves_open
from retention.queries.moves import moves_waiting


@require_safe
def school_list(request: StaffRequest) -> HttpResponse:
    """Show the schools in scope: one warehouse query. Who has one alone is led to it."""
    if len(request.school_choices) == 1 and not request.access.may(Permission.SEE_DISTRICTS):
        return redirect("school-profile", request.school_choices[0][0])
    form = SchoolFilters(request.GET, auto_id="filter_%s")
    context = {
        "form": form,
        "narrowed": bool(request.GET),
        "moves": moves_waiting(request.access, request.school or "", timezone.localdate()),
        "names": dict(request.school_choices),
        "may_see_districts": request.access.may(Permission.SEE_DISTRICTS),
        "may_create": request.access.may(Permission.CREATE_DISTRICTS),
    }
    if not form.is_valid():
        return render(request, "schools/list.html", context)
    try:
        part = school_page(form.filters(), request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("school-list")
    pages = neighbours(request, "school-list", previous=part.previous, following=part.next)
    return render(request, "schools/list.html", context | {"schools": part.rows} | pages)


@require_safe
@in_school
def school_profile(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show all that the catalog says of a school, and how far it is: two warehouse queries."""
    profile = profile_or_404(school_id)
    district = district_of(school_id)
    context = {
        "school": profile.school,
        "profile": profile,
        "district": district,
        "district_name": district.name if district else "",
        "agreements": agreement_lines(profile.school),
        "steps": _steps(profile),
        "moves": moves_open(school_id),
        "people_url": way_to("people-list"),
        "may_edit": request.access.may(Permission.EDIT_SCHOOLS),
        "may_move": request.access.may(Permission.EDIT_DISTRICTS),
        "may_import": request.access.may(Permission.IMPORT_ROSTERS),
        "may_set_subscription": request.access.may(Permission.SET_SUBSCRIPTIONS),
        "may_see_district": request.access.may(Permission.SEE_DISTRICTS),
        "may_see_students": request.access.may(Permission.SEE_STUDENTS),
        "may_see_retention": request.access.may(Permission.SEE_RETENTION),
    }
    return render(request, "schools/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_school
def school_edit(request: StaffRequest, school_id: str) -> HttpResponse:
    """Edit a school. Where somebody else has, both versions are shown and nothing is written."""
    school = school_or_404(school_id)
    about: dict[str, Any] = {
        "zone": time_zone(school_id),
        "may_set_subscription": request.access.may(Permission.SET_SUBSCRIPTIONS),
    }
    form = SchoolForm(request.POST if request.method == "POST" else None, school=school, **about)
    context: dict[str, Any] = {"form": form, "school": school}
    if not form.is_bound or not form.is_valid():
        return render(request, "schools/edit.html", context, status=422 if form.is_bound else 200)
    try:
        changed = edit_school(
            school=school, values=form.values(), seen=form.cleaned_data["seen"], by=request.actor, now=now()
        )
    except EditedMeanwhile as meanwhile:
        row: School = meanwhile.row
        theirs = SchoolForm(school=row, **about)
        mine = SchoolForm(seen_again(request.POST, fingerprint(row, FIELDS)), school=row, **about)
        context = {"form": mine, "school": row, "pairs": pairs_of(theirs, mine)}
        return render(request, "schools/conflict.html", context, status=409)
    except OnItsWay:
        messages.warning(request, ON_ITS_WAY)
        return render(request, "schools/edit.html", context, status=409)
    forget(cast(User, request.user))
    messages.success(request, "The school is saved." if changed else "Nothing was different, so nothing changed.")
    return redirect("school-profile", school_id)


def profile_or_404(school_id: str) -> Profile:
    """Return a school in scope with its numbers: one warehouse query. Raises Http404."""
    try:
        return profile_of(school_id)
    except School.DoesNotExist:
        raise Http404("There is no such school.") from None


def agreement_lines(school: School) -> list[dict[str, Any]]:
    """Return for each agreement what counts: the newest statement, and what the flag of the catalog says."""
    newest = newest_statements(school.pk)
    return [
        {"kind": kind, "statement": newest.get(kind.value), "flag": getattr(school, FLAGS[kind.value])}
        for kind in Agreement
    ]


def _steps(profile: Profile) -> list[tuple[str, bool]]:
    """Return what a new school does, in order, and whether it is done; nothing once all of it is."""
    school = profile.school
    steps = [
        ("agreements", school.ferpa_agreement and school.coppa_compliant),
        ("people", profile.administrators > 0),
        ("students", profile.students > 0),
    ]
    return [] if all(done for _, done in steps) else steps
