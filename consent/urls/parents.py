"""Addresses that parents open. They have no account: what they get is a link."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.routing import open_to_all
from consent.views import answering, helping, verifying

LINK = "parents have no account; the link is the key"
NO_LINK = "for parents whose link does not work"

urlpatterns = [
    path("c/code/", open_to_all(helping.code, why=NO_LINK), name="consent-code"),
    path("c/fresh/", open_to_all(helping.fresh, why=NO_LINK), name="consent-fresh"),
    path("c/fresh/sent/", open_to_all(helping.fresh_sent, why=NO_LINK), name="consent-fresh-sent"),
    path("c/v/<str:token>/", open_to_all(verifying.verify, why=LINK), name="consent-verify"),
    path("c/<str:token>/", open_to_all(answering.answer, why=LINK), name="consent-answer"),
    path("c/<str:token>/thanks/", open_to_all(answering.thanks, why=LINK), name="consent-thanks"),
    path(
        "notice/<str:school_id>/",
        open_to_all(helping.online_notice, why="16 CFR 312.4(d): the notice is public"),
        name="online-notice",
    ),
]
