"""Turns a kind, a language and texts into subject, plain text and HTML: in the portal's words, or in a school's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.template import Context
from django.utils import translation
from django.utils.safestring import SafeString

from classwaves_admin.lib.contrast import PORTAL_COLOUR
from classwaves_admin.notifications.rules import checked_subject
from classwaves_admin.notifications.templates import Templates, template_named, templates_of
from classwaves_admin.notifications.wording import markup
from classwaves_admin.notifications.wording.rules import Text
from classwaves_admin.notifications.wording.shipped import shipped
from classwaves_admin.notifications.wording.slots import SLOTS

__all__ = ["PLACEHOLDER", "Content", "Words", "render", "render_own", "render_own_words", "render_words"]

# Stands for a link or a code in every copy that is kept.
PLACEHOLDER = "[only in the mail]"
# A value in a subject is cut here, as the portal's own subjects do.
LONGEST_IN_SUBJECT = 60


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
    templates = templates_of(kind, language)
    values = _values(templates, context)
    with translation.override(templates.language):
        words = _words(templates, values)
        html = templates.html.render(Context({**values, "colour": colour or PORTAL_COLOUR})).strip()
    return Content(words.language, words.subject, words.text, html)


def render_words(*, kind: str, language: str, context: Mapping[str, str]) -> Words:
    """Write subject and plain text alone, as `render` does."""
    templates = templates_of(kind, language)
    with translation.override(templates.language):
        return _words(templates, _values(templates, context))


def render_own(text: Text, *, kind: str, language: str, context: Mapping[str, str], colour: str = "") -> Content:
    """Write a mail in a school's own words, between the sender and the footer of the portal's.

    Raises KeyError for a slot without a value, ValueError for a stray dollar sign, UnsafeText as `render`, and
    UnknownKind and LookupError for a kind that cannot be worded.
    """
    words = render_own_words(text, kind=kind, language=language, context=context)
    templates, house = templates_of(kind, language), shipped(kind, language)
    shade, button = colour or PORTAL_COLOUR, None
    if house.button is not None:
        label = text.button.strip() or house.button.label
        button = markup.Button(house.button.slot, label, house.button.or_copy, shade)
    own = {
        "own_subject": words.subject,
        "own_preview": markup.to_text(text.text, context).partition("\n")[0],
        # Markdown without HTML, and values that are escaped.
        "own_html": SafeString(markup.to_html(text.text, context, button)),
        "shipped": templates.html,
        "colour": shade,
    }
    with translation.override(templates.language):
        html = template_named("emails/own.html").render(Context(_values(templates, context) | own))
    return Content(words.language, words.subject, words.text, html.strip())


def render_own_words(text: Text, *, kind: str, language: str, context: Mapping[str, str]) -> Words:
    """Write subject and plain text alone, as `render_own` does."""
    templates = templates_of(kind, language)
    in_subject = {slot: _short(value) for slot, value in context.items() if slot in SLOTS}
    own = {"own_text": markup.to_text(text.text, context), "shipped": templates.text}
    with translation.override(templates.language):
        plain = template_named("emails/own.txt").render(Context(_values(templates, context) | own, autoescape=False))
    return Words(templates.language, checked_subject(markup.to_text(text.subject, in_subject)), plain.strip() + "\n")


def _short(value: str) -> str:
    one_line = " ".join(value.split())
    return one_line if len(one_line) <= LONGEST_IN_SUBJECT else f"{one_line[: LONGEST_IN_SUBJECT - 1]}…"


def _values(templates: Templates, context: Mapping[str, str]) -> dict[str, object]:
    return {**context, "language": templates.language, "portal_url": settings.PORTAL_URL}


def _words(templates: Templates, values: Mapping[str, object]) -> Words:
    given = dict(values)
    return Words(
        language=templates.language,
        subject=checked_subject(templates.subject.render(Context(given, autoescape=False))),
        text=templates.text.render(Context(given, autoescape=False)).strip() + "\n",
    )
