"""The written retention policy of a school for everyone, in the reader's language (16 CFR 312.10)."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import School
from consent.views.doors import asked_language, parents_page, show
from retention.pdf.policy import FILE_NAME, to_pdf
from retention.queries.published import Published, published


@require_safe
@parents_page
def policy_public(request: HttpRequest, school_id: str) -> HttpResponse:
    """Show the policy as it stands, or as it stood on the day `on`: three warehouse queries."""
    policy = _policy(request, school_id)
    return show(request, "retention/public/policy.html", {"policy": policy, "chosen": "on" in request.GET})


@require_safe
@parents_page
def policy_public_pdf(request: HttpRequest, school_id: str) -> HttpResponse:
    """Hand over the same as PDF."""
    policy, language = _policy(request, school_id), asked_language(request)
    address = settings.PORTAL_URL + reverse("policy-public", args=[school_id])
    content = to_pdf(policy, language=language, address=address)
    headers = {"Content-Disposition": f'inline; filename="{FILE_NAME}"', "Content-Language": language}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _policy(request: HttpRequest, school_id: str) -> Published:
    """Return the policy that an address names. Raises Http404."""
    try:
        on = date.fromisoformat(request.GET["on"]) if request.GET.get("on") else None
        return published(school_id, on=on, now=now())
    except (School.DoesNotExist, ValueError):
        raise Http404 from None
