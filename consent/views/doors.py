"""What all pages for parents share: private headers, the language, who acts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache

from classwaves_admin.accounts import unreachable
from classwaves_admin.accounts.actors import client_ip
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.schools.look import PLAIN, look_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.trouble import Kind, Trouble, explain
from consent.actions.asked_links import UNKNOWN_GUARDIAN

# `strict-origin`: no page ever tells its address, token included, not even to our own files; browsers
# still send the Origin that CSRF needs, which `no-referrer` blanks.
HEADERS = {
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


View = Callable[..., HttpResponse]


def parents_page(view: View) -> View:
    """Return a page for parents: outside every school's scope, kept by no cache, telling its address to nobody."""

    @wraps(view)
    @never_cache
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with system_scope(reason="a parent has a link, not an account"), translation.override(asked_language(request)):
            try:
                response = view(request, *args, **kwargs)
            except (DatabaseError, InterfaceError) as error:
                trouble = explain(error)
                if trouble is None or trouble.kind is Kind.REFUSED:  # a fault of ours
                    raise
                response = _unavailable(request, trouble, error)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return inner


def _unavailable(request: HttpRequest, trouble: Trouble, error: Exception) -> HttpResponse:
    """Say that nothing was saved, and keep what was typed for another try."""
    unreachable.note(request, trouble, error)
    context = unreachable.waiting_context(request, trouble)
    page = show(request, "consent/parents/unavailable.html", context, status=503 if trouble.passes else 500)
    return unreachable.waiting(request, page, trouble)


def asked_language(request: HttpRequest, otherwise: str | None = None) -> str:
    """Return the language that the reader chose on the page, or `otherwise`, or the browser's."""
    known = dict(settings.LANGUAGES)
    chosen = (request.POST.get("language"), request.POST.get("lang"), request.GET.get("lang"), otherwise)
    return next((code for code in chosen if code in known), translation.get_language_from_request(request))


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    language: str = "",
    school: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page in a language and say so in the headers; with the look of a school where its id is given."""
    chosen = language or asked_language(request)
    with translation.override(chosen):
        response = render(
            request,
            template,
            {"lang": chosen, "look": look_of(school) if school else PLAIN, **(context or {})},
            status=status,
        )
    response["Content-Language"] = chosen
    return response


def onward(request: HttpRequest, route: str, **kwargs: str) -> HttpResponse:
    """Lead to another page in the language of this one."""
    return redirect(f"{reverse(route, kwargs=kwargs)}?lang={asked_language(request)}")


def parent(request: HttpRequest, guardian_id: str = UNKNOWN_GUARDIAN) -> Actor:
    """Return the guardian as the one who acts."""
    return Actor(guardian_id, ActorType.PARENT, client_ip(request), request.META.get("HTTP_USER_AGENT"))
