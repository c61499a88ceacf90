"""Finds the three templates of a kind of mail in a language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.template import Template, TemplateDoesNotExist
from django.template.loader import get_template

__all__ = ["FALLBACK", "Templates", "template_named", "templates_of"]

FALLBACK = "en"


class Templates(NamedTuple):
    """A kind's templates, and the language in which they are written."""

    language: str
    subject: Template
    text: Template
    html: Template


def templates_of(kind: str, language: str) -> Templates:
    """Return the templates in `language`, or else in its base language, or else in English.

    Raises TemplateDoesNotExist.
    """
    app, _, name = kind.partition(".")
    for candidate in _candidates(language):
        base = f"emails/{app}/{candidate}/{name}"
        try:
            subject, text, html = (template_named(f"{base}.{end}") for end in ("subject.txt", "txt", "html"))
        except TemplateDoesNotExist:
            if candidate == FALLBACK:
                raise
            continue
        return Templates(candidate, subject, text, html)
    raise TemplateDoesNotExist(kind)


def template_named(name: str) -> Template:
    """Return a template to be rendered with a context of our own. Raises TemplateDoesNotExist."""
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # stubs know any engine's alone
    return template


def _candidates(language: str) -> Iterator[str]:
    """Yield the languages to try, only those that the portal knows."""
    known = dict(settings.LANGUAGES)
    for candidate in (language, language.partition("-")[0]):
        if candidate in known and candidate != FALLBACK:
            yield candidate
    yield FALLBACK
