"""The school switcher, and the form that a person had sent before they showed who they are."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.step_up import remembered_form
from classwaves_admin.accounts.support.entering import SCHOOL_KEY


@never_cache
@require_safe
def step_up_form(request: StaffRequest) -> HttpResponse:
    """Show what the person had sent, to be sent again now that they have shown who they are."""
    kept = remembered_form(request.session)
    path, form = kept or ("", None)
    return render(request, "account/step_up.html", {"path": path, "kept": form})


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
