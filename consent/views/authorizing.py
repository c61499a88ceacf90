"""The school authorizes on parents' behalf: list, decision in two steps, taking back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.values import value
from consent.actions.authorize import END_KIND, KIND, NobodyToAuthorize, authorize, revoke_authorization
from consent.actions.looking import note_list
from consent.forms.authorizing import ChoiceForm, SignatureForm
from consent.models import SchoolAuthorization
from consent.notices.authorization import statement
from consent.notices.markdown import to_html, without_title
from consent.queries.authorizing import Choice, authorization_page, coverage, numbers_of, students_of
from consent.rules.authorizing import LeftOut
from consent.views.students import NO_PAGE

LIST, DETAIL = "authorization-list", "authorization-detail"
RELOAD_SECONDS = 5
NOBODY = "Nobody is left whom the school could authorize for: see the numbers above."


def authorization_list(request: StaffRequest) -> HttpResponse:
    """Show the decisions of the person's schools, newest first."""
    try:
        part, decisions = authorization_page(school=request.school or "", cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, NO_PAGE)
        return redirect(LIST)
    schools = dict(request.school_choices)
    context = {
        "decisions": decisions,
        "moment": now(),
        "schools": schools if len(schools) > 1 and request.school is None else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "consent/staff/authorizations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def authorization_new(request: StaffRequest) -> HttpResponse:
    """Ask whom it is about; then show the numbers and the statement; then, signed, record the decision."""
    step = request.POST.get("step", "")
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    students = [one for one in request.POST.getlist("student") if "\0" not in one]
    choosing = ChoiceForm(request.POST if step else None, schools=schools, students=students)
    if not step or not choosing.is_valid():
        context = {"form": choosing, "students": choosing.student_ids}
        return render(request, "consent/staff/authorization_new.html", context, status=422 if step else 200)
    choice, moment = choosing.choice(), now()
    today = timezone.localtime(moment, time_zone(choice.school_id)).date()
    most_days = value(choice.school_id, "consent.valid_days").value
    signing = SignatureForm(request.POST if step == "sign" else None, today=today, most_days=most_days)
    if step == "sign" and signing.is_valid():
        try:
            decision = authorize(
                choice=choice,
                signer_name=signing.cleaned_data["signer_name"],
                expires_at=_end_of(signing.cleaned_data["ends_on"], choice.school_id),
                by=request.actor,
                now=moment,
            )
        except NobodyToAuthorize:
            messages.info(request, NOBODY)
        else:
            messages.success(request, "The decision is recorded. It sets no flag and is no parent’s consent.")
            return redirect(DETAIL, decision.id)
    context = _confirmation(choice, signing, dict(schools), moment)
    return render(request, "consent/staff/authorization_sign.html", context, status=422 if signing.errors else 200)


def _end_of(day: Any, school_id: str) -> datetime:
    """Return the moment at which a day is over at the school."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=time_zone(school_id))


def _confirmation(choice: Choice, form: SignatureForm, schools: dict[str, str], moment: datetime) -> dict[str, Any]:
    covered = coverage(choice, moment)
    words = statement(
        school_id=choice.school_id,
        school_name=schools[choice.school_id],
        internal_operations_only=value(choice.school_id, "consent.internal_operations_only").value,
    )
    return {
        "choice": choice,
        "covered": len(covered.student_ids),
        "left_out": [(LeftOut(reason).label, number) for reason, number in covered.left_out.items()],
        "school": schools[choice.school_id],
        "statement": to_html(without_title(words.text)),
        "internal_operations_only": value(choice.school_id, "consent.internal_operations_only").value,
        "form": form,
    }


def authorization_detail(request: StaffRequest, authorization_id: str) -> HttpResponse:
    """Show a decision, its statement and its students. Another school's does not exist."""
    decision = _decision(authorization_id)
    try:
        part, students = students_of(decision, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, NO_PAGE)
        return redirect(DETAIL, decision.id)
    note_list(by=request.actor, students=students, filters=(), page=DETAIL)
    by_id = {student.id: student for student in students}
    numbers = numbers_of(decision)
    job = job_of(END_KIND if decision.revoked_at else KIND, decision.id)
    context = {
        "decision": decision,
        "moment": now(),
        "statement": to_html(without_title(decision.statement.text)),
        "lines": [{"covered": one, "student": by_id.get(one.student_id)} for one in part.rows],
        "covered": numbers.get("", 0),
        "left_out": [(LeftOut(code).label, number) for code, number in numbers.items() if code],
        "job": job,
        "reload_seconds": RELOAD_SECONDS if job and job.is_open else 0,
        "here": request.get_full_path(),
        **neighbours(request, DETAIL, previous=part.previous, following=part.next, parts=[decision.id]),
    }
    return render(request, "consent/staff/authorization.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def authorization_revoke(request: StaffRequest, authorization_id: str) -> HttpResponse:
    """Ask before a decision is taken back, and do it on POST. One that is over already is shown."""
    decision, moment = _decision(authorization_id), now()
    if decision.revoked_at or decision.expires_at <= moment:
        messages.info(request, "This authorization counts no more already. Nothing was changed.")
        return redirect(DETAIL, decision.id)
    if request.method == "POST":
        revoke_authorization(authorization_id=decision.id, by=request.actor, now=moment)
        messages.success(request, "The authorization is taken back. It counts no more from this moment.")
        return redirect(DETAIL, decision.id)
    context = {"decision": decision, "covered": numbers_of(decision).get("", 0), "moment": moment}
    return render(request, "consent/staff/authorization_revoke.html", context)


def _decision(authorization_id: str) -> SchoolAuthorization:
    found = SchoolAuthorization.objects.select_related("statement").filter(pk=authorization_id).first()
    if found is None:
        raise Http404("There is no such authorization.")
    return found
