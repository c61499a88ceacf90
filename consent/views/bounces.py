"""What the office does about mails that went out: one came back, mail works again, send a request once more."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.bounces import clear_bounce, note_bounce
from consent.actions.send_again import send_again
from consent.models import Guardianship, Invitation
from consent.notices.texts import NoticeIncomplete
from consent.views.back import page_before
from consent.vocabulary import Bounce
from consent.words import slot_words


@require_POST
def mail_came_back(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Note that mail to a guardian came back: to the office's own mailbox, or said on the telephone."""
    tie = _tie(tie_id)
    if note_bounce(guardian_id=tie.guardian_id, code=Bounce.BY_HAND, by=request.actor, now=now()):
        messages.success(
            request, "Noted. No request and no reminder goes to this address until it changes or mail works again."
        )
    else:
        messages.info(request, "Nothing was changed: there is no address, or this was noted before.")
    return redirect(_back(request, tie))


@require_POST
def mail_again(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Let mails go to a guardian's address again."""
    tie = _tie(tie_id)
    if clear_bounce(guardian_id=tie.guardian_id, by=request.actor, now=now()):
        messages.success(request, "Mails go to this address again. Send the open request once more below.")
    else:
        messages.info(request, "Nothing was changed: mails go to this address already.")
    return redirect(_back(request, tie))


@require_POST
def request_again(request: StaffRequest, invitation_id: str) -> HttpResponse:
    """Mail a request once more with a fresh link, and say so or why not."""
    try:
        refusal = send_again(invitation_id=invitation_id, by=request.actor, now=now())
    except Invitation.DoesNotExist as error:
        raise Http404("There is no such request.") from error
    except NoticeIncomplete as error:
        blanks = ngettext("The school’s notice has a blank", "The school’s notice has blanks", len(error.slots))
        messages.error(request, f"Nothing was sent. {blanks}: {', '.join(map(slot_words, error.slots))}.")
    else:
        if refusal is None:
            shortly = " Saved; it will appear in the catalog shortly." if gateway.pending() else ""
            messages.success(request, f"A mail with a fresh link is on its way.{shortly}")
        else:
            messages.warning(request, str(refusal.label))
    return redirect(page_before(request, resolve_url("student-list")))


def _tie(tie_id: str) -> Guardianship:
    """Return a tie in scope. Raises Http404."""
    try:
        return Guardianship.objects.get(pk=tie_id)
    except Guardianship.DoesNotExist as error:
        raise Http404("There is no such guardian.") from error


def _back(request: StaffRequest, tie: Guardianship) -> str:
    return page_before(request, resolve_url("guardian-detail", tie_id=tie.id))
