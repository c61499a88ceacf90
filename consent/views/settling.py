"""Pages on which the office settles what needs a person."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import Student
from consent.actions.looking import note_record
from consent.actions.meanwhile import ChangedMeanwhile
from consent.actions.settle import NothingToSettle, settle_conflict, settle_recording
from consent.forms.settling import CONSENT, DisagreementForm, HandledForm
from consent.queries.disagreement import disagreement_of, seen_as
from consent.queries.recorded import recorded_students
from consent.rules.settling import Reason
from consent.rules.worklist import Matter
from consent.vocabulary import ConsentType


def disagreement(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show both sides of a disagreement, and settle it. No contact of a guardian is shown."""
    student = _student(student_id)
    disputed = disagreement_of(student, now())
    if not disputed:
        note_record(by=request.actor, student=student)
        messages.info(request, "The guardians do not disagree any more.")
        return redirect("student-detail", student_id)
    mark = seen_as(disputed)
    stale = _is_stale(request, mark)
    form = DisagreementForm(list(disputed), _typed(request, mark), initial={"seen": mark})
    if request.method == "POST" and not stale and form.is_valid():
        said = form.cleaned_data
        try:
            settle_conflict(
                student=student,
                types=[ConsentType(one) for one in said["types"]],
                consent_stands=said["stands"] == CONSENT,
                reason=Reason(said["reason"]),
                reference=said["reference"],
                seen=mark,
                by=request.actor,
                now=now(),
            )
        except NothingToSettle:
            messages.info(request, "The guardians do not disagree about this any more.")
        except ChangedMeanwhile:
            messages.warning(request, "Nothing was settled: another answer has come in this moment. Look again.")
            return redirect("disagreement", student_id)
        else:
            messages.success(request, "Settled. The record keeps both answers and why one of them stands.")
        return redirect("student-detail", student_id)
    note_record(by=request.actor, student=student)
    context = {"student": student, "disputed": disputed, "form": form, "stale": stale}
    return render(request, "consent/staff/disagreement.html", context, status=_status(form, stale=stale))


def recorded(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show when a student was recorded without consent, and note that it is handled."""
    student = _student(student_id)
    since = now() - timedelta(days=settings.CONSENT_RECORDINGS_CHECKED_DAYS)
    moments = recorded_students(since, only=[student_id]).get(student_id, [])
    mark = max(moments).isoformat() if moments else ""
    stale = _is_stale(request, mark)
    form = HandledForm(_typed(request, mark), initial={"seen": mark})
    if request.method == "POST" and not stale and form.is_valid() and moments:
        settle_recording(
            student=student,
            up_to=max(moments),
            reference=form.cleaned_data["reference"],
            by=request.actor,
            now=now(),
        )
        messages.success(request, "Noted. The line comes back if the student is recorded without consent again.")
        return redirect(f"{reverse('worklist')}?matter={Matter.RECORDED}")
    note_record(by=request.actor, student=student)
    context = {"student": student, "moments": sorted(moments), "form": form, "stale": stale}
    return render(request, "consent/staff/recorded.html", context, status=_status(form, stale=stale))


def _is_stale(request: StaffRequest, mark: str) -> bool:
    """Tell whether the person decided about less than what stands there now."""
    return request.method == "POST" and request.POST.get("seen", "") != mark


def _typed(request: StaffRequest, mark: str) -> QueryDict | None:
    """Return what was posted, over what the page shows now; None where nothing was."""
    if request.method != "POST":
        return None
    typed = request.POST.copy()
    typed["seen"] = mark
    return typed


def _status(form: Form, *, stale: bool) -> int:
    return 409 if stale else 422 if form.is_bound else 200


def _student(student_id: str) -> Student:
    try:
        return Student.objects.get(id=student_id)
    except Student.DoesNotExist as error:
        raise Http404("There is no such student.") from error
