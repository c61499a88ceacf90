"""The page for a database that does not answer, or that refuses the portal."""

from __future__ import annotations

import logging
import re
import time

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.kept_form import kept_form
from classwaves_admin.warehouse import awake
from classwaves_admin.warehouse.trouble import Kind, Trouble, explain

__all__ = ["RETRY_AFTER_SECONDS", "note", "trouble_page", "unreachable", "waiting"]

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10
# Seconds since 1970 in a cookie, which anybody can write.
_MOMENT = re.compile(r"[0-9]{1,11}")
# Tells an element whose answer did not come to ask again after a while, by `hx-trigger`.
ASK_AGAIN = "catalog-waits"
# When this browser began to wait. A page without scripts reloads itself; this tells when to stop.
SINCE = "catalog_waits"
_UNKNOWN = Trouble(Kind.UNREACHABLE, "", "")


def trouble_page(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """Return the page for a database's trouble, or None for an error that is a fault of ours."""
    trouble = explain(error)
    return None if trouble is None or trouble.kind is Kind.REFUSED else _page(request, trouble, error)


def unreachable(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """Say that the catalog does not answer, whatever the error: nobody can be let in without it."""
    return _page(request, explain(error) or _UNKNOWN, error)


def note(request: HttpRequest, trouble: Trouble, error: BaseException | None) -> None:
    """Write the trouble to the log: kind, class and query id, never the server's words."""
    page = request.resolver_match.view_name if request.resolver_match else "sign-in"
    name = type(error).__name__ if error else "unknown"
    level = logging.WARNING if trouble.passes else logging.ERROR
    logger.log(
        level, "%s: %s (%s, query %s) %s", page, trouble.kind, name, trouble.query_id or "none", trouble.operator
    )


def waiting(request: HttpRequest, response: HttpResponse, trouble: Trouble) -> HttpResponse:
    """Set the headers of a page that waits (503) or cannot go on (500). No cache keeps either."""
    response["Cache-Control"] = "no-store"
    if trouble.passes:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        if SINCE not in request.COOKIES:
            response.set_cookie(
                SINCE,
                str(int(time.time())),
                max_age=2 * awake.WAIT_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
    return response


def waiting_context(request: HttpRequest, trouble: Trouble) -> dict[str, object]:
    """Return what `_partials/waiting.html` and the pages around it show."""
    return {
        "trouble": trouble,
        "kept": kept_form(request),
        "sent_a_form": request.method == "POST",
        "word": awake.word(),
        "wait_seconds": awake.WAIT_SECONDS,
        "reload_seconds": _reload_seconds(request) if trouble.passes else 0,
    }


def _page(request: HttpRequest, trouble: Trouble, error: BaseException | None) -> HttpResponse:
    note(request, trouble, error)
    if trouble.passes and _is_part(request):
        return waiting(request, _nothing_yet(request), trouble)
    context = waiting_context(request, trouble) | {"operates": not trouble.passes and _operates(request)}
    response = render(request, "503.html", context, status=503 if trouble.passes else 500)
    return waiting(request, response, trouble)


def _is_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page that stands. What it restores from the history is a whole page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def _nothing_yet(request: HttpRequest) -> HttpResponse:
    """Return an answer that leaves the page as it is: 204, so no browser reports a failure.

    A live filter shows the page that waits (js/portal.js), a poll goes on, and an element that listens asks again
    by itself until this browser has waited long.
    """
    response = HttpResponse(status=204)
    if _reload_seconds(request):
        response["HX-Trigger"] = ASK_AGAIN
    return response


def _reload_seconds(request: HttpRequest) -> int:
    """Return after how long a page or a part asks again by itself: 0 for a form, and for who has waited long."""
    if request.method != "GET":
        return 0
    since = request.COOKIES.get(SINCE, "")
    waited = time.time() - int(since) if _MOMENT.fullmatch(since) else 0
    return RETRY_AFTER_SECONDS if waited < awake.WAIT_SECONDS else 0


def _operates(request: HttpRequest) -> bool:
    """Tell whether the person may see the operator's sentence.

    Without the directory nobody's access is known; then a super administrator's membership, which the portal
    itself keeps, is enough for a sentence that names no person.
    """
    access = getattr(request, "access", None) or Access()
    user = getattr(request, "user", None) or AnonymousUser()
    if access.role is not None or not isinstance(user, User):
        return access.may(Permission.SEE_DELIVERY)
    roles = [role for role in Role if Permission.SEE_DELIVERY in PERMISSIONS[role]]
    try:
        memberships = list(Membership.objects.filter(user=user, role__in=roles))
    except (DatabaseError, InterfaceError):
        return False
    return any(membership.counts_on(now().date()) for membership in memberships)
