"""Forms on paper: print them, and type in by their code what came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import Student
from consent.actions.looking import note_list
from consent.actions.paper import FormSpent, find_form, open_forms, print_forms
from consent.forms.paper import NO_SUCH_CODE, PaperCodeForm, PrintManyForm
from consent.forms.signed import SignedAnswersForm
from consent.models import PaperForm
from consent.notices.texts import NoticeIncomplete
from consent.pdf.paper import PaperPage, render_forms
from consent.queries.families import answers_for_self
from consent.queries.paper import Paper, paper_of
from consent.queries.printing import Sheet, guardians_to_print, guardians_without_address, sheets_for
from consent.views.guardians import the_tie
from consent.views.recording import end_of_a_day, record_from, today_at
from consent.vocabulary import Relationship
from consent.words import slot_words

# Codes that this person has typed; the page behind a code opens for nobody else.
_OPENED = "paper_forms"
_MOST_OPENED = 20
# Wrong codes of one person in ten minutes; a typist makes a slip, a guesser thousands.
_MOST_WRONG = 20
_WRONG_SECONDS = 600
SPENT = "This form was typed in already, or printed again. Nothing was recorded twice."


def paper_enter(request: StaffRequest) -> HttpResponse:
    """Take the code of a form and lead to exactly that form."""
    form = PaperCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _too_many_wrong(request):
            form.add_error("code", "Too many wrong codes. Wait ten minutes, then try again.")
            return render(request, "consent/staff/paper_enter.html", {"form": form}, status=429)
        found = find_form(form.cleaned_data["code"], now=now())
        if found is not None:
            opened = [one for one in request.session.get(_OPENED, []) if one != found.id]
            request.session[_OPENED] = [*opened, found.id][-_MOST_OPENED:]
            return redirect("paper-answer", form_id=found.id)
        _count_wrong(request)
        form.add_error("code", NO_SUCH_CODE)
    return render(request, "consent/staff/paper_enter.html", {"form": form}, status=422 if form.is_bound else 200)


def paper_answer(request: StaffRequest, form_id: str) -> HttpResponse:
    """Take the answers of a printed form, with the children and the notices that stand on it."""
    if not PaperForm.objects.filter(pk=form_id).exists():
        raise Http404("There is no such form.")
    if form_id not in request.session.get(_OPENED, []):
        messages.info(request, "Type the code of the form first.")
        return redirect("paper-enter")
    found = open_forms(now()).select_related("guardian").filter(pk=form_id).first()
    if found is None:
        messages.info(request, SPENT)
        return redirect("paper-enter")
    paper = paper_of(found)
    form = _answer_form(request, paper)
    if request.method == "POST" and form.is_valid():
        try:
            if record_from(request, form, paper.guardian.id, form_id=found.id):
                return redirect("paper-enter")
        except FormSpent:
            messages.info(request, SPENT)
            return redirect("paper-enter")
    note_list(by=request.actor, students=paper.children, filters=[], page="paper")
    context = {"paper": paper, "form": form, "back": reverse("paper-enter")}
    return render(request, "consent/staff/paper_answer.html", context, status=422 if form.is_bound else 200)


def paper_print(request: StaffRequest) -> HttpResponse:
    """Print forms for guardians without an address: first how many, then the file."""
    form = PrintManyForm(request.POST or None, schools=request.school_choices)
    context: dict[str, object] = {"form": form, "counted": False, "most": settings.CONSENT_PAPER_MOST}
    if request.method == "POST" and form.is_valid():
        ids = guardians_without_address(form.filters(), now(), again=form.cleaned_data["again"])
        if ids and "print" in request.POST:
            return _printed(request, ids[: settings.CONSENT_PAPER_MOST], back="paper-print")
        context |= {"counted": True, "guardians": len(ids)}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "consent/staff/paper_print.html", context, status=status)


@require_POST
def paper_for_guardian(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Print one guardian's form, with all of their children on it."""
    tie, _ = the_tie(tie_id)
    return _printed(request, [tie.guardian_id], back="guardian-detail", tie_id=tie.id)


@require_POST
def paper_for_student(request: StaffRequest, student_id: str) -> HttpResponse:
    """Print a form for each guardian who may answer for a student."""
    if not Student.objects.filter(id=student_id).exists():
        raise Http404("There is no such student.")
    return _printed(request, guardians_to_print(student_id), back="student-detail", student_id=student_id)


def _printed(request: StaffRequest, guardian_ids: Collection[str], *, back: str, **parts: str) -> HttpResponse:
    """Make the forms and hand them over as one file, which no cache keeps: it holds the codes."""
    try:
        sheets = sheets_for(guardian_ids, now())
    except NoticeIncomplete as blank:
        missing = ", ".join(slot_words(slot) for slot in blank.slots)
        messages.error(request, f"Nothing was printed: the school’s notice has a blank. Fill in {missing}.")
        return redirect(reverse(back, kwargs=parts))
    if not sheets:
        messages.error(request, "Nothing to print: nobody here may answer for the student.")
        return redirect(reverse(back, kwargs=parts))
    content = _file(request, sheets)
    headers = {"Content-Disposition": 'attachment; filename="consent-forms.pdf"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _file(request: StaffRequest, sheets: Sequence[Sheet]) -> bytes:
    printed = print_forms(wanted=[sheet.wanted for sheet in sheets], by=request.actor, now=now())
    pages = [
        PaperPage(one, sheet.school, sheet.children, sheet.wanted.notices, own=sheet.own)
        for one, sheet in zip(printed, sheets, strict=True)
    ]
    return render_forms(pages)


def _answer_form(request: StaffRequest, paper: Paper) -> SignedAnswersForm:
    school_id = paper.form.school_id
    return SignedAnswersForm(
        request.POST or None,
        request.FILES or None,
        children=paper.children,
        notices=paper.notices,
        notice_since=paper.form.printed_at.astimezone(time_zone(school_id)).date(),
        ends_on=end_of_a_day(school_id),
        today=today_at(school_id),
        initial={
            "signer_name": paper.guardian.name,
            "method": "signed_form",
            "relationship": Relationship.SELF if answers_for_self(paper.guardian.id) else "",
        },
    )


def _key(request: StaffRequest) -> str:
    return f"paper-codes-{request.user.pk}"


def _too_many_wrong(request: StaffRequest) -> bool:
    return int(cache.get(_key(request), 0)) >= _MOST_WRONG


def _count_wrong(request: StaffRequest) -> None:
    cache.add(_key(request), 0, _WRONG_SECONDS)
    try:
        cache.incr(_key(request))
    except ValueError:  # the entry ran out between the two calls
        return
