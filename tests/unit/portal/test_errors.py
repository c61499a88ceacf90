"""Pages for what went wrong."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from classwaves_admin.portal import errors

OWN_PAGE = {"sec-fetch-site": "same-origin"}


def words(response: HttpResponse) -> str:
    """Return the page."""
    return response.content.decode()


def post(headers: dict[str, str], **fields: str) -> HttpRequest:
    """Return a form post as a browser sends it."""
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return RequestFactory().post(
        "/students/1/ask/?step=2", body, content_type="application/x-www-form-urlencoded", headers=headers
    )


@pytest.mark.parametrize(
    ("page", "status"),
    [(errors.bad_request, 400), (errors.permission_denied, 403), (errors.not_found, 404)],
)
def test_a_page_says_that_nothing_was_changed(page: object, status: int) -> None:
    """Each page says what was kept, with the right status."""
    response = page(RequestFactory().get("/x/"), Exception("Ada Vale"))  # type: ignore[operator]
    assert response.status_code == status
    assert "Nothing was changed" in words(response)
    assert "Ada Vale" not in words(response)


def test_the_page_for_our_own_error_asks_no_database() -> None:
    """It renders without request, session, user or database (the test has none)."""
    response = errors.server_error(HttpRequest())
    assert response.status_code == 500
    assert "not at all" in words(response)


def test_a_refused_form_of_our_own_page_can_be_sent_again() -> None:
    """What was typed is offered again, escaped, with a fresh token, and no cache keeps it."""
    request = post(OWN_PAGE, note="%3Cb%3Ehello", csrfmiddlewaretoken="old")
    response = errors.csrf_failure(request)
    assert response["Cache-Control"] == "no-store"
    page = words(response)
    assert '<input type="hidden" name="note" value="&lt;b&gt;hello">' in page
    assert 'value="old"' not in page
    assert 'action="/students/1/ask/?step=2"' in page


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({}, {"note": "x"}),
        ({"sec-fetch-site": "cross-site"}, {"note": "x"}),
        (OWN_PAGE, {"login": "a", "password": "x"}),
        (OWN_PAGE, {"code": "123456"}),
    ],
)
def test_strange_or_secret_forms_are_not_repeated(headers: dict[str, str], fields: dict[str, str]) -> None:
    """Another site's form is never made sendable, and a secret is never written into a page."""
    page = words(errors.csrf_failure(post(headers, **fields)))
    assert "Send it again" not in page
    assert "back button" in page


def test_an_upload_is_not_repeated() -> None:
    """A file cannot be put back into a form; the browser's back button keeps it."""
    request = RequestFactory().post("/x/", {"note": "x"}, headers=OWN_PAGE)
    assert "Send it again" not in words(errors.csrf_failure(request))
