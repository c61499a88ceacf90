"""Districts: the list, one of them, making and editing, closing and opening, their numbers."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.numbers import whole
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.views.side_by_side import ON_ITS_WAY, Pair, pairs_of, seen_again
from classwaves_admin.portal.views.ways import way_to
from classwaves_admin.schools.districts.actions import (
    FIELDS,
    NumbersMoved,
    create_district,
    edit_district,
    refresh_counts,
    set_active,
)
from classwaves_admin.schools.districts.contract import lines_of
from classwaves_admin.schools.districts.forms import ActiveForm, DistrictFilters, DistrictForm, with_line, without_line
from classwaves_admin.schools.districts.queries import (
    COUNTS,
    Counted,
    administrators_of,
    counted_district,
    district_page,
    people_of_district,
    school_page,
)
from classwaves_admin.schools.edited import EditedMeanwhile, fingerprint
from classwaves_admin.warehouse.models import District
from classwaves_admin.warehouse.outbox.holding import OnItsWay

GONE = "That page of the list is gone. This is the first one."
COUNT_WORDS = {"school_count": "Schools", "student_count": "Active students", "teacher_count": "Active teachers"}
# Stands for a number that was not sent: no count is it.
NO_COUNT = -1
MOVED = "The numbers have changed since you looked. These are the new ones; nothing was written."


@require_safe
def district_list(request: StaffRequest) -> HttpResponse:
    """Show the districts in scope: one warehouse query. Who has one alone is led to it."""
    form = DistrictFilters(request.GET, auto_id="filter_%s")
    may_create = request.access.may(Permission.CREATE_DISTRICTS)
    context = {"form": form, "may_create": may_create, "narrowed": bool(request.GET)}
    if not form.is_valid():
        return render(request, "districts/list.html", context)
    try:
        part = district_page(form.filters(), request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("district-list")
    if not may_create and not request.GET and len(part.rows) == 1:
        return redirect("district-detail", part.rows[0].pk)
    pages = neighbours(request, "district-list", previous=part.previous, following=part.next)
    return render(request, "districts/list.html", context | {"districts": part.rows} | pages)


@require_http_methods(["GET", "HEAD", "POST"])
def district_new(request: StaffRequest) -> HttpResponse:
    """Make a district."""
    form = _district_form(request, None)
    if form.is_bound and form.is_valid():
        district = create_district(values=_new(form), by=request.actor, now=now())
        messages.success(request, "The district is made. What to do next stands below.")
        return redirect("district-detail", district.pk)
    return _form_page(request, form, None)


@require_safe
def district_detail(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show a district, its numbers and a page of its schools: three warehouse queries."""
    counted = counted_or_404(district_id)
    try:
        part = school_page(counted, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("district-detail", district_id)
    administrators = administrators_of(district_id, now().date())
    context = {
        "district": counted.district,
        "numbers": _numbers(counted),
        "differs": bool(counted.differences),
        "schools": part.rows,
        "lines": lines_of(counted.district.contract_details),
        "administrators": administrators,
        "is_new": not counted.numbers["school_count"] or not administrators,
        "invitation_url": way_to("invitation-new"),
        **_permissions(request),
        **neighbours(request, "district-detail", previous=part.previous, following=part.next, parts=(district_id,)),
    }
    return render(request, "districts/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def district_edit(request: StaffRequest, district_id: str) -> HttpResponse:
    """Edit a district. Where somebody else has, both versions are shown and nothing is written."""
    district = district_or_404(district_id)
    form = _district_form(request, district)
    if not form.is_bound or not form.is_valid():
        return _form_page(request, form, district)
    try:
        changed = edit_district(
            district=district, values=form.values(), seen=form.cleaned_data["seen"], by=request.actor, now=now()
        )
    except EditedMeanwhile as meanwhile:
        return _conflict(request, meanwhile.row)
    except OnItsWay:
        messages.warning(request, ON_ITS_WAY)
        return _form_page(request, form, district, status=409)
    messages.success(request, "The district is saved." if changed else "Nothing was different, so nothing changed.")
    return redirect("district-detail", district_id)


@require_http_methods(["GET", "HEAD", "POST"])
def district_active(request: StaffRequest, district_id: str) -> HttpResponse:
    """Ask before a district is closed or opened again, with the numbers of what that means, and do it on POST."""
    counted = counted_or_404(district_id)
    district = counted.district
    form = ActiveForm(request.POST if request.method == "POST" else None)
    form.initial["active"] = "no" if district.is_active else "yes"
    if form.is_bound and form.is_valid():
        active = form.cleaned_data["active"] == "yes"
        try:
            changed = set_active(district=district, active=active, by=request.actor, now=now())
        except OnItsWay:
            messages.warning(request, ON_ITS_WAY)
        else:
            forget(cast(User, request.user))
            words = "active again" if active else "not active any more"
            messages.success(request, f"The district is {words}." if changed else "Somebody else did that already.")
            return redirect("district-detail", district_id)
    context = {
        "district": district,
        "numbers": counted.numbers,
        "people": people_of_district(district_id, now().date()),
        "form": ActiveForm(initial=form.initial),
    }
    return render(request, "districts/active.html", context, status=409 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def district_counts(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show the stored numbers beside the counted ones, and write the counted ones on POST."""
    counted, status = counted_or_404(district_id), 200
    if request.method == "POST":
        seen = {name: whole(request.POST.get(name, ""), otherwise=NO_COUNT) for name in COUNTS}
        try:
            refresh_counts(district_id=district_id, seen=seen, by=request.actor, now=now())
        except NumbersMoved:
            counted, status = counted_or_404(district_id), 409
            messages.warning(request, MOVED)
        except OnItsWay:
            status = 409
            messages.warning(request, ON_ITS_WAY)
        else:
            messages.success(request, "The district’s numbers are up to date.")
            return redirect("district-detail", district_id)
    context = {"district": counted.district, "numbers": _numbers(counted), "differs": bool(counted.differences)}
    return render(request, "districts/counts.html", context, status=status)


def district_or_404(district_id: str) -> District:
    """Return a district in scope: one warehouse query. Raises Http404."""
    found = District.objects.filter(pk=district_id).first()
    if found is None:
        raise Http404("There is no such district.")
    return found


def counted_or_404(district_id: str) -> Counted:
    """Return a district in scope with its numbers: two warehouse queries. Raises Http404."""
    try:
        return counted_district(district_id)
    except District.DoesNotExist:
        raise Http404("There is no such district.") from None


def _permissions(request: StaffRequest) -> dict[str, bool]:
    may = request.access.may
    return {
        "may_edit": may(Permission.EDIT_DISTRICTS),
        "may_close": may(Permission.CREATE_DISTRICTS),
        "may_see_retention": may(Permission.SEE_RETENTION),
        "may_see_settings": may(Permission.SEE_SETTINGS),
    }


def _new(form: DistrictForm) -> dict[str, Any]:
    return {"subscription_tier": "free", "contract_details": None} | form.values()


def _district_form(request: StaffRequest, district: District | None) -> DistrictForm:
    """Return the form: bound where it is to be saved, else with what was typed and a line more or less."""
    about: dict[str, Any] = {
        "district": district,
        "may_set_tier": request.access.may(Permission.SET_SUBSCRIPTIONS),
    }
    if request.method != "POST":
        return DistrictForm(**about)
    if "add_line" in request.POST:
        return DistrictForm(kept=with_line(request.POST), **about)
    if "drop_line" in request.POST:
        return DistrictForm(kept=without_line(request.POST, request.POST["drop_line"]), **about)
    return DistrictForm(request.POST, **about)


def _form_page(
    request: StaffRequest, form: DistrictForm, district: District | None, *, status: int = 422
) -> HttpResponse:
    context = {
        "form": form,
        "district": district,
        "lines": form.lines,
        "newest": len(form.lines) if "add_line" in request.POST else 0,
        "dropped": "drop_line" in request.POST,
    }
    return render(request, "districts/edit.html", context, status=status if form.is_bound else 200)


def _conflict(request: StaffRequest, row: District) -> HttpResponse:
    may_set_tier = request.access.may(Permission.SET_SUBSCRIPTIONS)
    theirs = DistrictForm(district=row, may_set_tier=may_set_tier)
    mine = DistrictForm(seen_again(request.POST, fingerprint(row, FIELDS)), district=row, may_set_tier=may_set_tier)
    context = {
        "form": mine,
        "district": row,
        "lines": mine.lines,
        "pairs": [*pairs_of(theirs, mine), Pair("Contract", _contract(theirs), _contract(mine))],
    }
    return render(request, "districts/conflict.html", context, status=409)


def _contract(form: DistrictForm) -> str:
    return "\n".join(f"{line.name}: {line.words}" for line in form.lines if not line.is_blank)


def _numbers(counted: Counted) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": COUNT_WORDS[name],
            "stored": getattr(counted.district, name),
            "counted": counted.numbers[name],
            "differs": name in counted.differences,
        }
        for name in COUNTS
    ]
