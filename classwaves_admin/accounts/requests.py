"""The request as views of signed-in people get it, with what `AccessMiddleware` put on it."""

from __future__ import annotations

from django.http import HttpRequest

from classwaves_admin.accounts.access import Access
from classwaves_admin.lib.actor import Actor


class StaffRequest(HttpRequest):
    """Names the attributes for type checkers; Django makes plain requests and the middleware fills them.

    `concerned` are the schools whose person this is, whichever one is chosen: their offices find what is refused.
    """

    access: Access
    concerned: tuple[str, ...]
    actor: Actor
    school: str | None
    school_choices: tuple[tuple[str, str], ...]
