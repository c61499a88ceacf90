"""Addresses that parents open. They have no account: what they get is a link."""

from __future__ import annotations

from django.urls import path, register_converter

from classwaves_admin.accounts.routing import open_to_all
from consent.rules.tokens import mended
from consent.views import answering, closed, helping, managing, verifying

LINK = "parents have no account; the link is the key"
NO_LINK = "for parents whose link does not work"


class TokenConverter:
    """A token, mended where a mail program has added to it what no token has."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the token without what does not belong to it."""
        return mended(value)

    def to_url(self, value: str) -> str:
        """Return the token as it is."""
        return value


class LeftoversConverter:
    """What a mail program took into an address behind its end: a bracket, a full stop."""

    regex = r"[^/\w]+/?"

    def to_python(self, value: str) -> str:
        """Return it as it is; nobody reads it."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(TokenConverter, "token")
register_converter(LeftoversConverter, "leftovers")

_mend = open_to_all(closed.with_leftovers, why="leads to the address that a mail program has spoiled")

urlpatterns = [
    path("c/code/", open_to_all(helping.code, why=NO_LINK), name="consent-code"),
    path("c/fresh/", open_to_all(helping.fresh, why=NO_LINK), name="consent-fresh"),
    path("c/fresh/sent/", open_to_all(helping.fresh_sent, why=NO_LINK), name="consent-fresh-sent"),
    path("c/manage/", open_to_all(helping.manage, why=NO_LINK), name="consent-manage"),
    path("c/manage/sent/", open_to_all(helping.manage_sent, why=NO_LINK), name="consent-manage-sent"),
    path("c/v/<token:token>/", open_to_all(verifying.verify, why=LINK), name="consent-verify"),
    path("c/m/<token:token>/", open_to_all(managing.answers, why=LINK), name="consent-answers"),
    path("c/m/<token:token>/again/", open_to_all(managing.again, why=LINK), name="consent-again"),
    path("c/m/<token:token>/withdraw/", open_to_all(managing.withdraw, why=LINK), name="consent-withdraw"),
    path("c/m/<token:token>/withdrawn/", open_to_all(managing.withdrawn, why=LINK), name="consent-withdrawn"),
    path("c/m/<token:token>/receipt/", open_to_all(managing.receipt, why=LINK), name="consent-receipt"),
    path("c/<token:token>/", open_to_all(answering.answer, why=LINK), name="consent-answer"),
    path("c/<token:token>/thanks/", open_to_all(answering.thanks, why=LINK), name="consent-thanks"),
    path("c/v/<token:token>/<leftovers:leftovers>", _mend, {"kind": "v/"}, name="consent-verify-mended"),
    path("c/m/<token:token>/<leftovers:leftovers>", _mend, {"kind": "m/"}, name="consent-answers-mended"),
    path("c/<token:token>/<leftovers:leftovers>", _mend, name="consent-answer-mended"),
    path(
        "notice/<str:school_id>/",
        open_to_all(helping.online_notice, why="16 CFR 312.4(d): the notice is public"),
        name="online-notice",
    ),
]
