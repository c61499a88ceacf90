"""Turns a kind, a language and texts into subject, plain text and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation

from classwaves_admin.notifications.rules import checked_subject

FALLBACK = "en"
# Stands for a link or a code in every copy that is kept.
PLACEHOLDER = "[only in the mail]"


@dataclass(frozen=True, slots=True)
class Content:
    """A written mail in the language in which it exists, with the headers of its kind."""

    language: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def render(*, kind: str, language: str, context: Mapping[str, str]) -> Content:
    """Write a mail in `language`, or else in its base language, or else in English.

    Templates see `context`, `language` (the one they are written in) and `portal_url`. Raises
    TemplateDoesNotExist, and UnsafeText for a subject that is not one line.
    """
    written_in, subject, text, html = _templates(kind, language)
    values = {**context, "language": written_in, "portal_url": settings.PORTAL_URL}
    with translation.override(written_in):
        return Content(
            language=written_in,
            subject=checked_subject(subject.render(Context(values, autoescape=False))),
            text=text.render(Context(values, autoescape=False)).strip() + "\n",
            html=html.render(Context(values)).strip(),
        )


def _templates(kind: str, language: str) -> tuple[str, Template, Template, Template]:
    app, _, name = kind.partition(".")
    for candidate in _candidates(language):
        base = f"emails/{app}/{candidate}/{name}"
        try:
            subject, text, html = (_template(f"{base}.{end}") for end in ("subject.txt", "txt", "html"))
        except TemplateDoesNotExist:
            if candidate == FALLBACK:
                raise
            continue
        return candidate, subject, text, html
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
