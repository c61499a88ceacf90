"""The page behind the link of an invitation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.lib.clock import now
from consent.actions.answer import InvitationClosed, record_answers
from consent.actions.opened import note_opened
from consent.forms.answer import AnswerForm
from consent.models import Answer, Link
from consent.models.links import Purpose
from consent.notices.markdown import to_html
from consent.notices.texts import NoticeIncomplete
from consent.queries.answer_page import AnswerPage, answer_page
from consent.queries.links import LinkState, find_link, state_of_link
from consent.rules.names import first_name
from consent.views.closed import closed, not_ready
from consent.views.doors import asked_language, onward, parent, parents_page, show
from consent.vocabulary import ConsentType, Relationship

# The second page of the form: what was answered, once more, before it is sent.
CHECK = "check"


@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the notice and the questions, then the summary, and take the answers. GET and HEAD change nothing at all."""
    link = find_link(token, Purpose.ANSWER)
    state = state_of_link(link, now())
    if state is LinkState.USED and request.method == "POST":  # the button was pressed twice
        return onward(request, "consent-thanks", token=token)
    if link is None or state is not LinkState.ALIVE:
        return closed(request, link, state)
    language = asked_language(request, link.request.language)
    translation.activate(language)  # the form takes its words when it is made; `parents_page` ends this
    try:
        page = answer_page(link.request, _read(request) or language, shown_in=language)
    except NoticeIncomplete:
        return not_ready(request, link.owner.school_id, language)
    if not page.children:
        return closed(request, link, LinkState.REVOKED)
    if request.method == "POST":
        return _take(request, token, link, page, language)
    return _questions(request, page, AnswerForm(page), language)


def _read(request: HttpRequest) -> str:
    """Return the language in which the notice was read, while its answers are checked: it is the one on record."""
    checking = request.POST.get("step") == CHECK and "change" not in request.POST
    return request.POST.get("read", "") if checking else ""


def _take(request: HttpRequest, token: str, link: Link, page: AnswerPage, language: str) -> HttpResponse:
    """Take what was posted: another language, the answers, or the word to send them."""
    by = parent(request, link.request.guardian_id)
    note_opened(invitation=link.request, by=by, now=now())
    checking = bool(_read(request))
    if "change" in request.POST or ("language" in request.POST and not checking):
        return _questions(request, page, AnswerForm(page, initial=_typed(request)), language)
    form = AnswerForm(page, request.POST)
    if not form.is_valid():
        if checking:  # the notice has changed since; it is read again in the language of the summary
            page = answer_page(link.request, language)
            form = AnswerForm(page, request.POST)
        return _questions(request, page, form, language, status=422)
    if not checking or "send" not in request.POST:
        return _summary(request, page, form, language)
    try:
        record_answers(
            page=page,
            answers=form.answers(),
            signer_name=form.cleaned_data["signer_name"],
            relationship=form.cleaned_data["relationship"],
            language=language,
            by=by,
            now=now(),
        )
    except InvitationClosed:  # called back or run out since the page was opened
        return closed(request, link, LinkState.REVOKED)
    return onward(request, "consent-thanks", token=token)


@require_safe
@parents_page
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Say what happens next. The page tells no name and no answer."""
    link = find_link(token, Purpose.ANSWER)
    if link is None or link.request.answered_at is None or link.request.revoked_at:
        return closed(request, link, state_of_link(link, now()))
    answers = Answer.objects.filter(invitation=link.request)
    context = {
        "awaits": answers.filter(awaits_second_step=True, verified_at=None).exists(),
        "school_will_call": answers.filter(given=True, verified_at=None, awaits_second_step=False).exists(),
    }
    return show(
        request,
        "consent/parents/thanks.html",
        context,
        language=asked_language(request, link.request.language),
        school=link.request.school_id,
    )


def _typed(request: HttpRequest) -> dict[str, str]:
    """Return what was typed so far, to carry it into the page in another language."""
    return {name: str(value) for name, value in request.POST.items()}


def _questions(
    request: HttpRequest, page: AnswerPage, form: AnswerForm, language: str, *, status: int = 200
) -> HttpResponse:
    context = {
        "school": page.school.name,
        "children": [first_name(child.display_name) for child in page.children],
        "own": page.own,
        "slots": page.slots,
        "third_parties": to_html(page.slots.get("third_parties", "")),
        "partners": to_html(page.slots.get("partners", "")),
        "questions": [(to_html(question.notice.text), question) for question in form.questions()],
        "form": form,
    }
    return show(
        request, "consent/parents/answer.html", context, language=language, school=page.school.id, status=status
    )


def _summary(request: HttpRequest, page: AnswerPage, form: AnswerForm, language: str) -> HttpResponse:
    """Show the answers once more. They travel in hidden fields: nothing is stored before they are sent."""
    relationship = Relationship(form.cleaned_data["relationship"])
    context = {
        "school": page.school.name,
        "summary": form.summary(),
        "sharing": ConsentType.THIRD_PARTY,
        "partners": to_html(page.slots.get("partners", "")),
        "signer": form.cleaned_data["signer_name"],
        "relationship": relationship.label,
        "carried": form.to_carry(),
        "shown": form.digest,
        "read": page.notices[0].language,
        "step": CHECK,
    }
    return show(request, "consent/parents/check.html", context, language=language, school=page.school.id)
