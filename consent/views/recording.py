"""Staff write down what a guardian signed or said, verify what waits, and open a scan that was kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.scans import EXTENSIONS
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import Student
from consent.actions.answer import UnfitAnswers
from consent.actions.looking import note_record, note_scan
from consent.actions.rows import end_of_consent
from consent.actions.signed import MayNotAnswer, SaidLater, record_signed_answers, verify_with_check
from consent.forms.signed import SignedAnswersForm, VerifyForm
from consent.models import Evidence, Guardianship
from consent.notices.texts import Notice, NoticeIncomplete, written
from consent.queries.families import answers_for
from consent.queries.guardian_record import waiting_answers
from consent.queries.notices import school_facts
from consent.queries.paper import notice_since
from consent.rules.signed import moment_of
from consent.views.guardians import the_tie
from consent.words import consent_type_words

CANNOT = (
    "This person cannot answer for the student: a court order, also against somebody with the same e-mail address, no "
    "stated relationship, or the student is an adult. "
    "Nothing was recorded."
)
# A file that people made is shown by no page of ours: it is saved, and opened by a program of its own.
SCAN_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def end_of_a_day(school_id: str) -> Callable[[date], date]:
    """Return a function that tells when a consent of a day at the school ends."""
    zone = time_zone(school_id)

    def ends(day: date) -> date:
        return end_of_consent(school_id, moment_of(day, now(), zone)).astimezone(zone).date()

    return ends


def today_at(school_id: str) -> date:
    """Return the day at the school."""
    return timezone.localdate(now(), time_zone(school_id))


def answer_record(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Record what a guardian signed, or said in person or by phone, under the notice as it reads today."""
    tie, student = the_tie(tie_id)
    if not answers_for(tie.guardian_id, [student.id]):
        messages.error(request, CANNOT)
        return redirect("guardian-detail", tie_id=tie.id)
    language = _language(request, tie)
    try:
        notices = written(school_facts(tie.school_id), language)
    except NoticeIncomplete:
        messages.error(request, "The school’s notice has a blank, so nobody can have answered it. Fill it in first.")
        return redirect("guardian-detail", tie_id=tie.id)
    form, offered = _form(request, tie, student, notices), set(value(tie.school_id, "languages.offered").value)
    if request.method == "POST" and form.is_valid() and record_from(request, form, tie.guardian_id):
        return redirect("student-detail", student_id=student.id)
    note_record(by=request.actor, student=student)
    context = {
        "tie": tie,
        "student": student,
        "form": form,
        "notices": notices,
        "language": notices[0].language,
        "languages": [
            (code, name) for code, name in settings.LANGUAGES if code in offered and code != notices[0].language
        ],
    }
    return render(request, "consent/staff/answer_record.html", context, status=422 if form.is_bound else 200)


def record_from(request: StaffRequest, form: SignedAnswersForm, guardian_id: str, form_id: str | None = None) -> bool:
    """Record what a valid form says; where that cannot be, say why on the form and return false."""
    try:
        record_signed_answers(
            guardian_id=guardian_id,
            answers=form.answers(),
            notices=form.notices,
            signer_name=form.cleaned_data["signer_name"],
            relationship=form.cleaned_data["relationship"],
            checked=form.checked(),
            by=request.actor,
            now=now(),
            form_id=form_id,
        )
    except SaidLater as later:
        types = ", ".join(consent_type_words(one).lower() for one in later.types)
        form.add_error(
            None, f"The person answered this on a later day, and that answer stands: {types}. Leave it blank."
        )
    except MayNotAnswer:
        form.add_error(None, CANNOT)
    else:
        messages.success(request, "Recorded and verified. What follows for recording is in force now.")
        return True
    return False


def answers_verify(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Verify answers that wait, by a check of the staff's own."""
    tie, student = the_tie(tie_id)
    waiting = waiting_answers(tie, now())
    if not waiting:
        messages.info(request, "No answer of this person waits for a check.")
        return redirect("guardian-detail", tie_id=tie.id)
    zone = time_zone(tie.school_id)
    form = VerifyForm(
        request.POST or None,
        request.FILES or None,
        today=today_at(tie.school_id),
        waiting=[(row.id, consent_type_words(row.consent_type)) for row in waiting],
        answered_on={row.id: row.consented_at.astimezone(zone).date() for row in waiting},
    )
    if request.method == "POST" and form.is_valid():
        try:
            verify_with_check(
                guardian_id=tie.guardian_id,
                student_id=student.id,
                consent_ids=form.cleaned_data["consents"],
                checked=form.checked(),
                by=request.actor,
                now=now(),
            )
        except MayNotAnswer:
            form.add_error(None, CANNOT)
        except UnfitAnswers:
            messages.info(request, "These answers do not wait any more: somebody was quicker.")
            return redirect("guardian-detail", tie_id=tie.id)
        else:
            messages.success(request, "Verified. What follows for recording is in force now.")
            return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    context = {"tie": tie, "student": student, "form": form}
    return render(request, "consent/staff/answers_verify.html", context, status=422 if form.is_bound else 200)


def evidence_scan(request: StaffRequest, evidence_id: str) -> HttpResponse:
    """Hand a scan over as a download; opening it is logged with the students whom it concerns."""
    evidence = Evidence.objects.exclude(file="").filter(pk=evidence_id).first()
    if evidence is None or not default_storage.exists(evidence.file):
        raise Http404("There is no such scan.")
    with default_storage.open(evidence.file) as file:
        content = file.read()
    note_scan(by=request.actor, evidence=evidence)
    name = f"evidence.{EXTENSIONS.get(evidence.content_type, 'bin')}"
    headers = SCAN_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=evidence.content_type, headers=headers)


def _form(request: StaffRequest, tie: Guardianship, student: Student, notices: tuple[Notice, ...]) -> SignedAnswersForm:
    return SignedAnswersForm(
        request.POST or None,
        request.FILES or None,
        children=[student],
        notices=notices,
        notice_since=notice_since(notices, now(), time_zone(tie.school_id)),
        ends_on=end_of_a_day(tie.school_id),
        today=today_at(tie.school_id),
        initial={"signer_name": tie.guardian.name, "relationship": tie.relationship},
    )


def _language(request: StaffRequest, tie: Guardianship) -> str:
    """Return the language of the notice that the person read or heard: as chosen on the page, or their own."""
    chosen = request.POST.get("language") or request.GET.get("language") or tie.guardian.language
    return chosen if chosen in dict(settings.LANGUAGES) else tie.guardian.language
