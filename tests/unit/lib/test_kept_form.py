"""A form that could not be taken is offered again: all that was typed, no secret, nothing of another site."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory

from classwaves_admin.lib.kept_form import MOST_FIELDS, KeptForm, Typed, kept_form

SECRET = "a" * 32


def post(fields: dict[str, Any], *, token: str = SECRET, headers: dict[str, str] | None = None) -> HttpRequest:
    """Return a form as a browser with our cookie sends it, seen by the middleware so far as its first half."""
    factory = RequestFactory(headers=headers)
    factory.cookies["csrftoken"] = SECRET
    request = factory.post("/students/ask/", {**fields, "csrfmiddlewaretoken": token})
    CsrfViewMiddleware(lambda _request: None).process_request(request)  # type: ignore[arg-type]
    return request


def kept(request: HttpRequest) -> KeptForm:
    """Return what is kept, which must be something."""
    found = kept_form(request)
    assert found
    return found


def test_every_value_is_kept_in_its_order() -> None:
    """Several values of one field stay several; the old token goes."""
    form = kept(post({"student": ["1", "2"], "note": "<b> & Ñandú"}))
    assert form.typed == (Typed("student", "1"), Typed("student", "2"), Typed("note", "<b> & Ñandú"))
    assert not form.asked


@pytest.mark.parametrize(
    ("name", "type_"), [("password", "password"), ("oldpassword", "password"), ("code", "text"), ("otp_code", "text")]
)
def test_a_secret_is_asked_again(name: str, type_: str) -> None:
    """Its value appears nowhere."""
    form = kept(post({"login": "ada@school.example", name: "s3cret"}))
    assert form.typed == (Typed("login", "ada@school.example"),)
    assert [(field.name, field.type) for field in form.asked] == [(name, type_)]
    assert form.has_secrets
    assert "s3cret" not in repr(form)


def test_a_file_is_asked_again() -> None:
    """The other fields stay."""
    form = kept(post({"kind": "roster", "file": SimpleUploadedFile("roster.zip", b"PK")}))
    assert form.typed == (Typed("kind", "roster"),)
    assert form.has_files
    assert not form.has_secrets


@pytest.mark.parametrize(
    "request_",
    [
        post({"note": "x"}, token="b" * 32),
        post({"note": "x"}, headers={"origin": "https://evil.example"}),
        post({"credential": "{}"}),
        post({f"field-{number}": "x" for number in range(MOST_FIELDS + 1)}),
        RequestFactory().get("/students/?note=x"),
    ],
    ids=["wrong token", "another site", "a passkey", "too many fields", "no form"],
)
def test_what_is_not_offered_again(request_: HttpRequest) -> None:
    """Another site's form is never made sendable; a passkey's answer is good for once."""
    assert kept_form(request_) is None
