"""People: who may sign in, what each may do, when they last did; roles, ends, suspensions, sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.searching import remembered_name, search_is_over, to_list
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.people.actions.noting import schools_of
from classwaves_admin.people.actions.people import (
    Refused,
    change_membership,
    change_staff,
    end_membership,
    set_suspended,
    sign_out,
)
from classwaves_admin.people.forms.people import MembershipForm, PeopleFilterForm, SessionForm, StaffForm
from classwaves_admin.people.queries.people import Line, find_membership, find_staff, line_of, people_page
from classwaves_admin.people.queries.reviews import reviews_due
from classwaves_admin.people.queries.support import district_names
from classwaves_admin.people.rules.roles import (
    STAFF_CHOICES,
    STATES,
    Refusal,
    invitable,
    may_change_membership,
    may_change_staff,
    may_do,
)
from classwaves_admin.people.views.clock import clock_of
from classwaves_admin.people.views.reviews import ON_ITS_WAY
from classwaves_admin.tenancy.scope import Scope, system_scope
from classwaves_admin.warehouse.models import Teacher
from classwaves_admin.warehouse.outbox.holding import OnItsWay

LIST, OF_STAFF, OF_MEMBER = "people-list", "person-staff", "person-member"
SHOWN_SCHOOLS = 3
# No row has this id: what is no number ends no session, and never all of them.
NO_SESSION = 0


@require_safe
def people_list(request: StaffRequest) -> HttpResponse:
    """Show the people of the scope: three warehouse queries, for staff, districts and their names."""
    form = _filters_form(request, {**request.GET.dict(), "name": remembered_name(request)})
    if search_is_over(request):
        messages.info(request, "The search by name has ended. Type the name again.")
    filters, moment = form.filters(), now()
    # Of the school that was chosen for all pages, whichever other districts the person has.
    scope = Scope((request.school,)) if request.school else request.access.scope
    try:
        part = people_page(scope, filters, request.GET.get("cursor", ""), now=moment)
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return to_list(request, LIST, filters)
    names = _names(request, part.lines)
    context = {
        "lines": [{"line": line, "where": _where(line, names), "state": STATES.get(line.state)} for line in part.lines],
        "form": form,
        "narrowed": bool(filters.name or any(filters.codes.values())),
        "may_invite": bool(invitable(request.access)),
        "review_due": _review_due(request, moment),
        "clock": clock_of(request),
        **neighbours(request, LIST, previous="", following=part.next),
    }
    return render(request, "people/list.html", context)


@require_POST
def people_search(request: StaffRequest) -> HttpResponse:
    """Take the filters and lead to the list that they name."""
    form = _filters_form(request, request.POST)
    if not form.is_valid():
        return render(request, "people/list.html", {"form": form, "invalid": True}, status=422)
    return to_list(request, LIST, form.filters())


@require_safe
def person_staff(request: StaffRequest, staff_id: str) -> HttpResponse:
    """Show somebody of a school: one warehouse query."""
    row = _staff(staff_id)
    return _person(request, row, may_change=may_change_staff(request.access, row.role) is None)


@require_safe
def person_member(request: StaffRequest, membership_id: str) -> HttpResponse:
    """Show somebody whose role the portal keeps: two warehouse queries, for districts and names."""
    membership = _membership(request, membership_id)
    return _person(request, membership, may_change=may_change_membership(request.access, membership) is None)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_change(request: StaffRequest, staff_id: str) -> HttpResponse:
    """Change role and state of somebody of a school."""
    row = _staff(staff_id)
    initial = {"role": row.role, "status": row.status}
    form = StaffForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            change_staff(
                row=row,
                role=form.cleaned_data["role"],
                status=form.cleaned_data["status"],
                access=request.access,
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
            messages.success(request, "Changed. It counts from the next click on.")
        except Refused as refused:
            messages.error(request, refused.refusal)
        except OnItsWay:
            messages.warning(request, ON_ITS_WAY)
        return redirect(OF_STAFF, staff_id)
    if refusal := may_change_staff(request.access, row.role):
        messages.info(request, refusal)
        return redirect(OF_STAFF, staff_id)
    context = {
        "form": form,
        "line": line_of(row, now()),
        "roles": [{"label": role.label, "may": may_do(role)} for role in STAFF_CHOICES.values()],
    }
    return render(request, "people/staff_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def member_change(request: StaffRequest, membership_id: str) -> HttpResponse:
    """Change the last day and the schools of a membership."""
    membership = _membership(request, membership_id)
    schools = () if membership.district_id else request.school_choices
    form = MembershipForm(
        request.POST if request.method == "POST" else None,
        initial={"ends_on": membership.ends_on, "schools": membership.school_ids},
        today=now().date(),
        must_end=membership.role == Role.AUDITOR,
        schools=schools,
    )
    if form.is_bound and form.is_valid():
        try:
            change_membership(
                membership=membership,
                ends_on=form.cleaned_data["ends_on"],
                school_ids=form.cleaned_data.get("schools", membership.school_ids),
                access=request.access,
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
            messages.success(request, "Changed. It counts from the next click on.")
        except Refused as refused:
            messages.error(request, refused.refusal)
        return redirect(OF_MEMBER, membership_id)
    line = line_of(membership, now())
    if refusal := may_change_membership(request.access, membership) or (Refusal.ENDED if line.is_over else None):
        messages.info(request, refusal)
        return redirect(OF_MEMBER, membership_id)
    context = {"form": form, "line": line}
    return render(request, "people/member_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def member_end(request: StaffRequest, membership_id: str) -> HttpResponse:
    """Ask before a membership ends, and end it."""
    membership = _membership(request, membership_id)
    if request.method == "POST":
        try:
            end_membership(
                membership=membership,
                access=request.access,
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
            messages.success(request, "Ended. The person is signed out everywhere.")
        except Refused as refused:
            messages.error(request, refused.refusal)
        return redirect(OF_MEMBER, membership_id)
    line = line_of(membership, now())
    sessions = line.sign_in.sessions if line.sign_in else 0
    return render(request, "people/member_end.html", {"line": line, "sessions": sessions})


@require_POST
def member_suspend(request: StaffRequest, membership_id: str) -> HttpResponse:
    """Suspend a membership, or let it count again."""
    membership = _membership(request, membership_id)
    suspended = membership.suspended_at is None
    try:
        set_suspended(
            membership=membership,
            suspended=suspended,
            access=request.access,
            user=cast(User, request.user),
            by=request.actor,
            now=now(),
        )
        messages.success(request, "Suspended, and signed out everywhere." if suspended else "It counts again.")
    except Refused as refused:
        own = membership.user == request.user
        messages.error(request, "You cannot suspend yourself." if own else refused.refusal)
    return redirect(OF_MEMBER, membership_id)


@require_POST
def staff_sign_out(request: StaffRequest, staff_id: str) -> HttpResponse:
    """End one session, or every one, of somebody of a school."""
    row = _staff(staff_id)
    _signed_out(request, line_of(row, now()), [row.school_id])
    return redirect(OF_STAFF, staff_id)


@require_POST
def member_sign_out(request: StaffRequest, membership_id: str) -> HttpResponse:
    """End one session, or every one, of somebody whose role the portal keeps."""
    membership = _membership(request, membership_id)
    if refusal := may_change_membership(request.access, membership):
        messages.error(request, refusal)
    else:
        schools = schools_of(membership.district_id, membership.school_ids)
        _signed_out(request, line_of(membership, now()), schools)
    return redirect(OF_MEMBER, membership_id)


def _signed_out(request: StaffRequest, line: Line, schools: Iterable[str]) -> None:
    form = SessionForm(request.POST)
    one = form.cleaned_data["session"] if form.is_valid() else NO_SESSION
    ended = (
        sign_out(account=line.account, session=one, schools=list(schools), by=request.actor, now=now())
        if line.account
        else 0
    )
    nothing = "The person is signed in nowhere." if one is None else "That session has ended already."
    messages.success(request, f"{ended} session{'' if ended == 1 else 's'} ended." if ended else nothing)


def _person(request: StaffRequest, person: Teacher | Membership, *, may_change: bool) -> HttpResponse:
    moment = now()
    line = line_of(person, moment)
    sessions = UserSession.objects.filter(user=line.account).order_by("-created_at")[:20] if line.account else []
    context = {
        "line": line,
        "where": _where(line, _names(request, [line]), most=len(line.school_ids)),
        "state": STATES.get(line.state, line.state),
        "may": may_do(line.role) if line.role else [],
        "sessions": sessions,
        "granted_by": person.granted_by if isinstance(person, Membership) else None,
        "may_change": may_change and request.access.may(Permission.MANAGE_PEOPLE),
        "is_self": line.account == request.user,
        "clock": clock_of(request),
    }
    return render(request, "people/person.html", context)


def _names(request: StaffRequest, lines: Iterable[Line]) -> dict[str, str]:
    """Return names of the districts and schools of these people, by id. At most one warehouse query."""
    districts = {line.district_id for line in lines if line.district_id}
    return {**dict(request.school_choices), **(_all_names(districts) if districts else {})}


def _all_names(districts: Iterable[str]) -> dict[str, str]:
    """Return names of districts, in scope or not: whose administrator reaches a school is the school's to know."""
    with system_scope(reason="the name of a district is no personal data"):
        return district_names(districts)


def _where(line: Line, names: dict[str, str], *, most: int = SHOWN_SCHOOLS) -> str:
    """Return in words how far somebody's access reaches."""
    if line.district_id:
        return f"All schools of {names.get(line.district_id, line.district_id)}"
    if not line.school_ids:
        return "Every district"
    shown = ", ".join(names.get(school, school) for school in line.school_ids[:most])
    more = len(line.school_ids) - most
    return f"{shown} and {more} more" if more > 0 else shown


def _review_due(request: StaffRequest, moment: datetime) -> bool:
    """Tell whether the people that this person looks after were not reviewed in this term yet."""
    access = request.access
    return access.may(Permission.MANAGE_PEOPLE) and reviews_due(access, request.school or "", now=moment) > 0


def _filters_form(request: StaffRequest, data: Any) -> PeopleFilterForm:
    """Return the filters with the schools that this person may choose from."""
    return PeopleFilterForm(data, schools=request.school_choices if request.school is None else ())


def _staff(staff_id: str) -> Teacher:
    """Return somebody of the person's schools. Raises Http404."""
    row = find_staff(staff_id)
    if row is None:
        raise Http404("There is no such person.")
    return row


def _membership(request: StaffRequest, membership_id: str) -> Membership:
    """Return a membership that reaches into the person's schools. Raises Http404."""
    membership = find_membership(membership_id, request.access.scope)
    if membership is None:
        raise Http404("There is no such person.")
    return membership
