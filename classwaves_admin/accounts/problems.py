"""Errors of the interface in the form of RFC 9457: a code for programs, a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return an error. `code` never changes its meaning; `detail` may be reworded and quotes nothing."""
    body = {
        "type": f"urn:classwaves:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    response = HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))
    response["Cache-Control"] = "no-store"
    return response
