"""Addresses that mail services and mail programs call: bounces, and the end of reminders."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from classwaves_admin.accounts.routing import open_to_all
from classwaves_admin.notifications.webhook import mail_reports
from consent.views import stopping

urlpatterns = [
    path(
        "c/s/<str:token>/",
        open_to_all(stopping.stop, why="a mail program stops reminders for its user; the token is the key"),
        name="consent-stop",
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
