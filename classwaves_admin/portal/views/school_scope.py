"""One school of the person, whatever school the person has chosen in the header."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.tenancy.scope import Scope, inside

__all__ = ["in_school", "may_reach"]


def in_school(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Run a view about one school inside the scope of that school alone. Another person's school does not exist."""

    @wraps(view)
    def inner(request: StaffRequest, school_id: str, **parts: Any) -> HttpResponse:
        if not may_reach(request, school_id):
            raise Http404("There is no such school.")
        with inside(Scope((school_id,), request.access.scope.districts)):
            return view(request, school_id, **parts)

    return inner


def may_reach(request: StaffRequest, school_id: str) -> bool:
    """Tell whether the school is one of the person's, chosen in the header or not."""
    return request.access.scope.allows_school(school_id) or school_id in dict(request.school_choices)
