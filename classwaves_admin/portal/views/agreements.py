"""What a school signs: the text, the signature, taking it back, and the history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.views.school_scope import in_school
from classwaves_admin.portal.views.schools import agreement_lines
from classwaves_admin.portal.views.side_by_side import ON_ITS_WAY
from classwaves_admin.schools.edited import EditedMeanwhile
from classwaves_admin.schools.models import Agreement, SchoolStatement
from classwaves_admin.schools.profile.actions import sign, take_back
from classwaves_admin.schools.profile.agreements import Text, text_of
from classwaves_admin.schools.profile.forms import AgreeForm, SignForm, TakeBackForm
from classwaves_admin.schools.profile.queries import newest_statements, statements_of
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.reach import school_or_404
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox.holding import OnItsWay

MEANWHILE = "Somebody else has signed this or taken it back since you looked. Nothing of yours was written: look again."


@require_safe
@in_school
def school_agreements(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show what the school has signed and taken back: two warehouse queries."""
    school = school_or_404(school_id)
    history = statements_of(school_id)
    context = {
        "school": school,
        "agreements": agreement_lines(school),
        "history": history,
        "people": staff_names(one.made_by for one in history),
        "may_sign": request.access.may(Permission.SIGN_AGREEMENTS),
    }
    return render(request, "schools/agreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_school
def agreement_sign(request: StaffRequest, school_id: str, agreement: str) -> HttpResponse:
    """Show the text of an agreement and take the signature under it."""
    return _statement(request, school_id, _kind(agreement), signs=True)


@require_http_methods(["GET", "HEAD", "POST"])
@in_school
def agreement_take_back(request: StaffRequest, school_id: str, agreement: str) -> HttpResponse:
    """Take an agreement back by a statement of its own."""
    return _statement(request, school_id, _kind(agreement), signs=False)


def _statement(request: StaffRequest, school_id: str, kind: Agreement, *, signs: bool) -> HttpResponse:
    school = school_or_404(school_id)
    newest = newest_statements(school_id).get(kind.value)
    internal = value(school_id, "consent.internal_operations_only").value
    text = text_of(kind, school.name, internal_operations_only=internal)
    form = _form(request, school_id, newest, signs)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            _write(request, school, text, form, signs)
        except EditedMeanwhile:
            status = 409
            messages.warning(request, MEANWHILE)
        except OnItsWay:
            status = 409
            messages.warning(request, ON_ITS_WAY)
        else:
            words = "is signed" if signs else "is taken back"
            messages.success(request, f"The {kind.label} {words}.")
            return redirect("school-agreements", school_id)
    context = {"school": school, "kind": kind, "text": text, "newest": newest, "form": form}
    page = "schools/agreement_sign.html" if signs else "schools/agreement_take_back.html"
    return render(request, page, context, status=status)


def _form(request: StaffRequest, school_id: str, newest: SchoolStatement | None, signs: bool) -> SignForm:
    made = AgreeForm if signs else TakeBackForm
    return made(
        request.POST if request.method == "POST" else None,
        today=now().astimezone(time_zone(school_id)).date(),
        seen=newest.pk if newest else "",
    )


def _write(request: StaffRequest, school: School, text: Text, form: SignForm, signs: bool) -> None:
    about: dict[str, Any] = {
        "school": school,
        "signature": form.signature(),
        "seen": form.cleaned_data["seen"],
        "by": request.actor,
        "now": now(),
    }
    if signs:
        sign(text=text, **about)
    else:
        take_back(kind=text.kind, reason=form.cleaned_data["reason"], **about)


def _kind(kind: str) -> Agreement:
    try:
        return Agreement(kind)
    except ValueError:
        raise Http404("There is no such agreement.") from None
