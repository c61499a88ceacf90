"""Addresses of mails that went out: what services report, the end of reminders, what the office does about them."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from classwaves_admin.notifications.webhook import mail_reports
from consent.views import bounces, stopping

urlpatterns = [
    path(
        "c/s/<str:token>/",
        open_to_all(stopping.stop, why="a mail program stops reminders for its user; the token is the key"),
        name="consent-stop",
    ),
    path(
        "guardians/<str:tie_id>/bounced/",
        guarded(bounces.mail_came_back, Permission.MANAGE_CONSENT),
        name="guardian-bounced",
    ),
    path(
        "guardians/<str:tie_id>/mail-again/",
        guarded(bounces.mail_again, Permission.MANAGE_CONSENT),
        name="guardian-mail-again",
    ),
    path(
        "requests/<str:invitation_id>/again/",
        guarded(bounces.request_again, Permission.ASK_CONSENT),
        name="request-again",
    ),
]
if settings.MAIL_WEBHOOK != "none":
    urlpatterns.append(
        path(
            "mail/reports/",
            open_to_all(mail_reports, why="the mail service signs what it posts, or sends a password"),
            name="mail-reports",
        )
    )
