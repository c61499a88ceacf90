"""Takes the reports of the mail service: mail that came back, mail that was reported as unwanted."""

from __future__ import annotations

import logging

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from classwaves_admin.lib import clock
from classwaves_admin.notifications.outcomes import note_returned
from classwaves_admin.notifications.reports import report_of
from classwaves_admin.notifications.services import reports_of
from classwaves_admin.tenancy.scope import system_scope

logger = logging.getLogger(__name__)


# A mail service has no cookie of ours: its signature, or its password, is checked before anything is read.
@csrf_exempt
@require_POST
def mail_reports(request: HttpRequest) -> HttpResponse:
    """Note what came back. A wrong signature gets 403, an unreadable report 400; both write nothing.

    What is about no mail of ours, and what was told before, is taken and changes nothing: the service would post it
    again and again. Where noting fails the answer is 500, so that it does. Nothing of the report is logged.
    """
    reader = reports_of(settings.MAIL_WEBHOOK, settings.MAIL_WEBHOOK_SECRET)
    try:
        reader.run_validators(request)
        reports = [report_of(event) for event in reader.parse_events(request)]
    except AnymailWebhookValidationFailure:
        logger.warning("A report of the mail service had a wrong signature.")
        return HttpResponse(status=403)
    except (AnymailConfigurationError, ValueError, LookupError, TypeError, AttributeError):
        logger.warning("A report of the mail service could not be read.")
        return HttpResponse(status=400)
    with system_scope(reason="the mail service reports on mails of every school"):
        for one in reports:
            if one is not None:
                note_returned(reference=one.reference, address=one.address, reason=one.reason, now=clock.now())
    return HttpResponse()
