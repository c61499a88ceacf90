"""Turns a kind, a language and texts into subject, plain text and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation

from classwaves_admin.notifications.rules import checked_subject

FALLBACK = "en"
# Stands for a link or a code in every copy that is kept.
# Of the line at the top and of the button, where the school has chosen none (schools/look.py).
COLOUR = "#0f6460"
PLACEHOLDER = "[only in the mail]"


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and plain text in the language in which it exists."""

    language: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Content(Words):
    """A whole written mail, with the headers of its kind."""

    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def render(*, kind: str, language: str, context: Mapping[str, str], colour: str = "") -> Content:
    """Write a mail in `language`, or else in its base language, or else in English.

    Templates see `context`, `language` (the one they are written in), `portal_url` and `colour`. Raises
    TemplateDoesNotExist, and UnsafeText for a subject that is not one line.
    """
    templates = _templates(kind, language)
    values = _values(templates, context)
    with translation.override(templates.language):
        words = _words(templates, values)
        html = templates.html.render(Context({**values, "colour": colour or COLOUR})).strip()
    return Content(words.language, words.subject, words.text, html)


def render_words(*, kind: str, language: str, context: Mapping[str, str]) -> Words:
    """Write subject and plain text alone, as `render` does."""
    templates = _templates(kind, language)
    with translation.override(templates.language):
        return _words(templates, _values(templates, context))


class _Templates(NamedTuple):
    language: str
    subject: Template
    text: Template
    html: Template


def _values(templates: _Templates, context: Mapping[str, str]) -> dict[str, str]:
    return {**context, "language": templates.language, "portal_url": settings.PORTAL_URL}


def _words(templates: _Templates, values: Mapping[str, str]) -> Words:
    return Words(
        language=templates.language,
        subject=checked_subject(templates.subject.render(Context(values, autoescape=False))),
        text=templates.text.render(Context(values, autoescape=False)).strip() + "\n",
    )


def _templates(kind: str, language: str) -> _Templates:
    app, _, name = kind.partition(".")
    for candidate in _candidates(language):
        base = f"emails/{app}/{candidate}/{name}"
        try:
            subject, text, html = (_template(f"{base}.{end}") for end in ("subject.txt", "txt", "html"))
        except TemplateDoesNotExist:
            if candidate == FALLBACK:
                raise
            continue
        return _Templates(candidate, subject, text, html)
    raise TemplateDoesNotExist(kind)


def _template(name: str) -> Template:
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    return template


def _candidates(language: str) -> Iterator[str]:
    """Yield the languages to try, only those that the portal knows."""
    known = dict(settings.LANGUAGES)
    for candidate in (language, language.partition("-")[0]):
        if candidate in known and candidate != FALLBACK:
            yield candidate
    yield FALLBACK
