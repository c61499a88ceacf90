"""The school switcher."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.support.entering import SCHOOL_KEY


@require_POST
def switch_school(request: StaffRequest) -> HttpResponse:
    """Narrow the pages to one school, or widen them to all; an unknown school changes nothing."""
    chosen = request.POST.get("school", "")
    if not chosen:
        request.session.pop(SCHOOL_KEY, None)
    elif chosen in dict(request.school_choices):
        request.session[SCHOOL_KEY] = chosen
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = resolve_url("dashboard")
    return HttpResponseRedirect(target)
