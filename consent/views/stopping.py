"""The end of reminders: one click in a mail program (RFC 8058), or a page with a button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from classwaves_admin.lib.clock import now
from consent.actions.remind import stop_reminders
from consent.models.links import Purpose
from consent.queries.links import LinkState, find_link
from consent.views.closed import closed
from consent.views.doors import asked_language, parent, parents_page, show


# A mail program that posts for its user has no cookie and no page of ours; the token in the address is the key,
# and all that a stranger with it could do is to stop reminders.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button, and stop the reminders of one request on POST. GET and HEAD change nothing."""
    link = find_link(token, Purpose.STOP)
    if link is None:
        return closed(request, None, LinkState.UNKNOWN)
    invitation = link.request
    stopped = invitation.reminders_stopped_at is not None
    if request.method == "POST":
        stop_reminders(invitation_id=invitation.id, by=parent(request, invitation.guardian_id), now=now())
        stopped = True
    language = asked_language(request, invitation.language)
    return show(
        request, "consent/parents/stop.html", {"stopped": stopped}, language=language, school=invitation.school_id
    )
