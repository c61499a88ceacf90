"""How mails are written."""

from __future__ import annotations

import pytest
from django.template import TemplateDoesNotExist

from classwaves_admin.notifications.rendering import render
from classwaves_admin.notifications.rules import UnsafeText
from tests.mails.trial import CONTEXT, KIND

pytestmark = pytest.mark.usefixtures("trial")
LINK = {"link": "https://portal.example/c/abc/?a=1&b=2"}


@pytest.mark.parametrize(
    ("asked", "written", "subject"),
    [
        ("en", "en", "A question from"),
        ("es", "es", "Una pregunta de"),
        ("es-MX", "es", "Una pregunta de"),
        ("so", "en", "A question from"),
        ("", "en", "A question from"),
        ("../en", "en", "A question from"),
    ],
)
def test_a_mail_comes_in_the_home_language_or_in_english(asked: str, written: str, subject: str) -> None:
    """Subject, text and HTML are always of the same language, and HTML says which."""
    content = render(kind=KIND, language=asked, context=CONTEXT | LINK)
    assert content.language == written
    assert content.subject.startswith(subject)
    assert f'<html lang="{written}" dir="ltr">' in content.html


def test_html_is_escaped_and_text_is_not() -> None:
    """A name with an apostrophe reads right in text, and one with a tag is harmless in HTML."""
    content = render(kind=KIND, language="en", context=CONTEXT | LINK)
    assert "Zoë O'Brien" in content.text
    assert LINK["link"] in content.text
    assert content.subject == "A question from Escuela Río <Grande> & Söhne"
    assert "<Grande>" not in content.html
    assert "&lt;Grande&gt;" in content.html


def test_html_loads_nothing_and_has_one_button_with_its_bare_address() -> None:
    """No tracking pixel, no font, no script; the address can be copied."""
    html = render(kind=KIND, language="en", context=CONTEXT | LINK).html
    assert not any(tag in html for tag in ("<img", "<script", "<link", "<style", "url(", "@import"))
    assert html.count('href="') == 2
    assert html.count("https://portal.example/c/abc/?a=1&amp;b=2") == 3


def test_a_name_cannot_add_a_header() -> None:
    """A line break in a value of the subject is refused before anything is queued."""
    with pytest.raises(UnsafeText):
        render(kind=KIND, language="en", context=CONTEXT | LINK | {"school": "School\nBcc: all@evil.example"})


def test_a_kind_without_templates_is_an_error() -> None:
    """A missing template is found where the mail is queued."""
    with pytest.raises(TemplateDoesNotExist):
        render(kind="trial.missing", language="es", context={})
