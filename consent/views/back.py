"""The page that a form was on."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme

from classwaves_admin.accounts.requests import StaffRequest


def page_before(request: StaffRequest, otherwise: str) -> str:
    """Return the address in the form's field `next` where it is one of ours, else `otherwise`."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else otherwise
