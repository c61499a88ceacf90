"""The page behind the link of the second step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from classwaves_admin.lib.clock import now
from consent.actions.answer import InvitationClosed
from consent.actions.verify import verify_answers
from consent.models import Answer, Link
from consent.models.links import Purpose
from consent.queries.answer_page import children_to_answer_for
from consent.queries.links import LinkState, find_link, state_of_link
from consent.rules.names import first_name
from consent.views.closed import closed
from consent.views.doors import asked_language, onward, parent, parents_page, show
from consent.vocabulary import ConsentType, label_for


@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answers with a button, and confirm them on POST. GET and HEAD change nothing."""
    link = find_link(token, Purpose.VERIFY)
    state = state_of_link(link, now())
    if link is not None and state is LinkState.USED:
        return _done(request, link)
    if link is None or state is not LinkState.ALIVE:
        return closed(request, link, state)
    if request.method == "POST" and "language" not in request.POST:
        try:
            verify_answers(link=link, by=parent(request, link.request.guardian_id), now=now())
        except InvitationClosed:
            return closed(request, link, LinkState.REVOKED)
        return onward(request, "consent-verify", token=token)
    language = asked_language(request, link.request.language)
    return show(
        request,
        "consent/parents/verify.html",
        {"answers": _answers(link)},
        language=language,
        school=link.request.school_id,
    )


def _answers(link: Link) -> list[tuple[str, list[tuple[str | Promise, bool, bool]]]]:
    """Return each child's first name with the answers: what was asked, yes or no, and whether this step confirms it."""
    said: dict[str, dict[str, Answer]] = {}
    for answer in Answer.objects.filter(invitation=link.request, revoked_at=None):
        said.setdefault(answer.student_id, {})[answer.consent_type] = answer
    return [
        (
            first_name(child.display_name),
            [
                (label_for(kind, one.relationship), one.given, one.awaits_second_step)
                for kind in ConsentType
                if (one := said[child.id].get(kind))
            ],
        )
        for child in children_to_answer_for(link.request)
        if child.id in said
    ]


def _done(request: HttpRequest, link: Link) -> HttpResponse:
    context = {
        "verified": link.request.verified_at is not None,
        "school_will_call": Answer.objects.filter(
            invitation=link.request, given=True, verified_at=None, revoked_at=None
        ).exists(),
    }
    language = asked_language(request, link.request.language)
    return show(request, "consent/parents/verified.html", context, language=language, school=link.request.school_id)
