"""Addresses that mail services and mail programs call: bounces, and the end of reminders."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.routing import open_to_all
from consent.views import stopping

urlpatterns = [
    path(
        "c/s/<str:token>/",
        open_to_all(stopping.stop, why="a mail program stops reminders for its user; the token is the key"),
        name="consent-stop",
    ),
]
