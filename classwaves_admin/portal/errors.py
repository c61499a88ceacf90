"""The pages for what went wrong: what happened, what was kept, what to do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from classwaves_admin.lib.kept_form import MOST_FIELDS, Typed, is_secret, typed_again


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read (handler400)."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a person who may not open the page (handler403)."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that leads nowhere, or to a record outside the person's schools (handler404)."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after an error of our own (handler500).

    Rendered without the request, so neither the database nor a context processor can fail again.
    """
    return HttpResponse(get_template("500.html").render(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection token is missing or too old (setting CSRF_FAILURE_VIEW).

    A form that our own page sent is offered again with a fresh token, so that nothing typed is lost.
    """
    context = {"typed": _typed(request), "path": request.get_full_path()}
    response = render(request, "403_csrf.html", context, status=403)
    response["Cache-Control"] = "no-store"  # it holds what a person typed
    return response


def _typed(request: HttpRequest) -> tuple[Typed, ...]:
    """Return what may be sent again: nothing of another site's form, of a file upload or of a password form."""
    if (
        request.headers.get("Sec-Fetch-Site") != "same-origin"
        or request.content_type != "application/x-www-form-urlencoded"
    ):
        return ()
    typed = typed_again(request)
    return () if any(is_secret(item.name) for item in typed) or len(typed) > MOST_FIELDS else typed
