"""What we know of mail services: how each signs its reports, and which headers keep our mails as we wrote them.

The portal speaks SMTP to all of them. A service rewrites links and adds pictures unless a header forbids it: a link
with a parent's token would then lead through the service first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.conf import settings

# The name under which a service repeats the id of a mail in its reports.
REFERENCE = "mail"


@dataclass(frozen=True, slots=True)
class Service:
    """One mail service. `reports` reads and checks what it posts, made with the secret under `secret_name`."""

    reports: type[AnymailBaseWebhookView]
    secret_name: str
    headers: Callable[[str], Mapping[str, str]]


def _mailgun(mail_id: str) -> Mapping[str, str]:
    return {
        "X-Mailgun-Variables": json.dumps({REFERENCE: mail_id}),
        "X-Mailgun-Track": "no",
        "X-Mailgun-Track-Clicks": "no",
        "X-Mailgun-Track-Opens": "no",
    }


def _postmark(mail_id: str) -> Mapping[str, str]:
    return {
        f"X-PM-Metadata-{REFERENCE}": mail_id,  # its reports name no header of the mail
        "X-PM-KeepID": "true",  # or our Message-ID is replaced
        "X-PM-TrackOpens": "false",
        "X-PM-TrackLinks": "None",
    }


SERVICES: Mapping[str, Service] = {
    "mailgun": Service(MailgunTrackingWebhookView, "webhook_signing_key", _mailgun),
    "postmark": Service(PostmarkTrackingWebhookView, "webhook_secret", _postmark),
}


def headers_for(mail_id: str) -> Mapping[str, str]:
    """Return what the service that MAIL_WEBHOOK names wants to see in each mail; nothing for another server."""
    service = SERVICES.get(settings.MAIL_WEBHOOK)
    return service.headers(mail_id) if service else {}


def reports_of(name: str, secret: str) -> AnymailBaseWebhookView:
    """Return the reader of a service's reports. Raises KeyError."""
    service = SERVICES[name]
    return service.reports(**{"webhook_secret": [], service.secret_name: secret})
