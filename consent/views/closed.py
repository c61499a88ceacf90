"""The pages for a link that does not work, or not yet: why, and what helps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from consent.forms.links import AddressForm
from consent.models import Link
from consent.models.links import Purpose
from consent.queries.links import LinkState
from consent.queries.notices import contact_of
from consent.views.doors import asked_language, show

# A page that is gone says so; an address that never was one does not.
STATUS = {LinkState.UNKNOWN: 404, LinkState.EXPIRED: 410, LinkState.REVOKED: 410, LinkState.USED: 200}


def closed(request: HttpRequest, link: Link | None, state: LinkState, *, manage: bool = False) -> HttpResponse:
    """Show why a link does not work and how to get a fresh one; `manage` for one that leads to answers on record."""
    school = link.owner.school_id if link else ""
    context = {
        "state": state.value,
        "form": AddressForm(),
        "verified": link is not None and link.purpose != Purpose.MANAGE and link.request.verified_at is not None,
        "manage": manage,
        "contact": contact_of(school) if school else "",
    }
    language = asked_language(request, link.language if link else None)
    return show(request, "consent/parents/closed.html", context, language=language, school=school, status=STATUS[state])


def not_ready(request: HttpRequest, school_id: str, language: str) -> HttpResponse:
    """Say that the school's notice has a blank and must not be shown, and where to ask."""
    context = {"contact": contact_of(school_id)}
    return show(request, "consent/parents/not_ready.html", context, language=language, status=503)


def with_leftovers(request: HttpRequest, token: str, leftovers: str, kind: str = "") -> HttpResponse:
    """Lead from an address with a bracket or a full stop behind it, as mail programs make it, to the address."""
    return redirect(f"/c/{kind}{token}/")
