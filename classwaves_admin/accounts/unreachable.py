"""The page for a database that does not answer."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

# What the drivers raise for a database that is asleep, out of reach or too busy.
UNREACHABLE = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = 30


def unreachable(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """Say that the catalog does not answer and when to try again; the log names the error's class alone."""
    page = request.resolver_match.view_name if request.resolver_match else "sign-in"
    logger.warning("%s: a database does not answer (%s)", page, type(error).__name__ if error else "unknown")
    response = render(request, "503.html", {"sent_a_form": request.method == "POST"}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
