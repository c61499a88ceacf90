"""A school comes to a district: a new one is made there, or one that exists is chosen."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.views.districts import GONE, district_or_404
from classwaves_admin.schools.profile.actions import create_school
from classwaves_admin.schools.profile.forms import SchoolFilters, SchoolForm
from classwaves_admin.schools.profile.queries import school_page
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE
from retention.queries.policies import days_of_new_school

CLOSED = "The district is not active, so no school can come to it."


@require_http_methods(["GET", "HEAD", "POST"])
def school_new(request: StaffRequest, district_id: str) -> HttpResponse:
    """Make a school in a district: one warehouse query."""
    district = district_or_404(district_id)
    if not district.is_active:
        messages.info(request, CLOSED)
        return redirect("district-detail", district_id)
    form = SchoolForm(
        request.POST if request.method == "POST" else None,
        zone=DEFAULT_TIME_ZONE,
        may_set_subscription=request.access.may(Permission.SET_SUBSCRIPTIONS),
    )
    if form.is_bound and form.is_valid():
        school = create_school(
            district=district,
            values=form.values(),
            retention_days=days_of_new_school(district_id),
            by=request.actor,
            now=now(),
        )
        forget(cast(User, request.user))
        messages.success(request, "The school is made. What to do next stands below.")
        return redirect("school-profile", school.pk)
    context = {
        "form": form,
        "district": district,
        "may_import": request.access.may(Permission.IMPORT_ROSTERS),
    }
    return render(request, "schools/new.html", context, status=422 if form.is_bound else 200)


@require_safe
def school_add(request: StaffRequest, district_id: str) -> HttpResponse:
    """Choose a school in scope that is to come to the district: two warehouse queries, one more now and then."""
    district = district_or_404(district_id)
    form = SchoolFilters(request.GET, auto_id="filter_%s")
    context = {
        "district": district,
        "form": form,
        "narrowed": bool(request.GET),
        "sees_all": request.access.scope.schools is None,
    }
    if not form.is_valid():
        return render(request, "districts/add.html", context)
    try:
        part = school_page(form.filters(), request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("school-add", district_id)
    homes = districts_of([school.pk for school in part.rows])
    lines = [{"school": school, "home": homes[school.pk]} for school in part.rows]
    pages = neighbours(request, "school-add", previous=part.previous, following=part.next, parts=(district_id,))
    return render(request, "districts/add.html", context | {"lines": lines} | pages)
