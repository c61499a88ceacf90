"""Whether this process lives."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" without asking a database: a load balancer wants to know about this process alone."""
    return HttpResponse("ok", content_type="text/plain")
