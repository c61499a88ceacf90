"""The pages behind a guardian's link to manage: what is on record, answer again, take back, the receipt.

The link works until its time is over, for GET and HEAD change nothing; what is done is done by a form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.limits import too_often
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.schools.values import value
from consent.actions.mail import data_in_words
from consent.actions.manage import answer_again, note_receipt
from consent.actions.take_back import take_back
from consent.dates import day_in_words
from consent.forms.withdraw import WithdrawForm
from consent.models import Withdrawal
from consent.models.links import Purpose
from consent.pdf.receipt import FILE_NAME, receipt_of, to_pdf
from consent.queries.links import LinkState, find_link, state_of_link
from consent.queries.notices import kept_periods
from consent.queries.own_answers import OwnAnswers, own_answers
from consent.views.closed import closed
from consent.views.doors import asked_language, onward, parent, parents_page, show
from consent.vocabulary import ConsentType, WithdrawalWay, label_for

RECEIPTS_AN_HOUR = 30
HOUR = 3600

ManagedView = Callable[[HttpRequest, str, OwnAnswers], HttpResponse]


def managed(view: ManagedView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Return a page that opens with a living link to manage alone, in the language of its reader."""

    @wraps(view)
    @parents_page
    def inner(request: HttpRequest, token: str) -> HttpResponse:
        link = find_link(token, Purpose.MANAGE)
        state = state_of_link(link, now())
        if link is None or state is not LinkState.ALIVE:
            return closed(request, link, state, manage=True)
        own = own_answers(link.mailed_to, now())
        if own is None:  # every tie has ended, or a court order stands
            return closed(request, link, LinkState.REVOKED, manage=True)
        translation.activate(asked_language(request, link.language))  # `parents_page` ends this
        return view(request, token, own)

    return inner


@require_safe
@managed
def answers(request: HttpRequest, token: str, own: OwnAnswers) -> HttpResponse:
    """Show what the guardian has on record, child by child."""
    return show(
        request,
        "consent/parents/answers.html",
        {"own": own, "token": token},
        language=_language(),
        school=own.school.id,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def again(request: HttpRequest, token: str, own: OwnAnswers) -> HttpResponse:
    """Open the questions anew for the child that was chosen."""
    if request.method == "POST":
        students = [
            one.student.id for one in own.children if one.key == request.POST.get("child") and one.can_answer_again
        ]
        by = parent(request, own.guardian.id)
        minted = answer_again(guardian=own.guardian, student_ids=students, by=by, now=now())
        if minted:
            return onward(request, "consent-answer", token=minted.token)
    return onward(request, "consent-answers", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def withdraw(request: HttpRequest, token: str, own: OwnAnswers) -> HttpResponse:
    """Take back what the guardian chooses, at once."""
    if not own.anything_standing:
        return onward(request, "consent-answers", token=token)
    moment = now()
    days = value(own.school.id, "consent.deletion_days").value
    delete_by = day_in_words(moment + timedelta(days=days), own.zone)
    form = WithdrawForm(own, delete_by)
    if request.method == "POST" and "language" in request.POST:
        form = WithdrawForm(own, delete_by, initial=_typed(request))
    elif request.method == "POST":
        form = WithdrawForm(own, delete_by, request.POST)
        if form.is_valid():
            take_back(
                guardian=own.guardian,
                chosen=form.chosen(),
                delete_data=form.delete_data,
                way=WithdrawalWay.LINK,
                language=_language(),
                by=parent(request, own.guardian.id),
                now=moment,
            )
            return onward(request, "consent-withdrawn", token=token)
    context = {"form": form, "token": token, "kept": kept_periods(own.school.id)}
    status = 422 if form.is_bound else 200
    return show(
        request, "consent/parents/withdraw.html", context, language=_language(), school=own.school.id, status=status
    )


@require_safe
@managed
def withdrawn(request: HttpRequest, token: str, own: OwnAnswers) -> HttpResponse:
    """Say what has ended and what happens to the data: the guardian's newest withdrawal."""
    newest = Withdrawal.objects.filter(guardian=own.guardian).order_by("-created_at", "-id").first()
    if newest is None:
        return onward(request, "consent-answers", token=token)
    said = {(one.student_id, one.consent_type) for one in newest.consents.all()}
    ended = [
        (child.name, label_for(kind, child.relationship))
        for child in own.children
        for kind in ConsentType
        if (child.student.id, kind.value) in said
    ]
    context = {"ended": ended, "data": data_in_words(newest, own.zone), "token": token}
    return show(request, "consent/parents/withdrawn.html", context, language=_language(), school=own.school.id)


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def receipt(request: HttpRequest, token: str, own: OwnAnswers) -> HttpResponse:
    """Hand over the receipt as PDF; it is written to no cache. A link alone fetches nothing: see `managed`."""
    if request.method != "POST":
        return onward(request, "consent-answers", token=token)
    if too_often(request, "receipt", limit=RECEIPTS_AN_HOUR, seconds=HOUR):
        return show(request, "consent/parents/too_often.html", language=_language(), status=429)
    moment = now()
    content = to_pdf(receipt_of(own, moment), language=_language())
    note_receipt(own=own, sha256=sha256_hex(content), by=parent(request, own.guardian.id), now=moment)
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _typed(request: HttpRequest) -> dict[str, list[str] | str]:
    """Return what was chosen so far, to carry it into the page in another language."""
    return {name: values if name.startswith("take-") else values[-1] for name, values in request.POST.lists() if values}
