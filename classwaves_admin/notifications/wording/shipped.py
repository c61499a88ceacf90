"""The texts that come with the portal, read from their templates as a school may change them: with slots.

A template is filled with `$slot` for each value, as a mail to a parent is. Sender and footer are the house's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist
from django.template.loader_tags import BlockNode, IncludeNode
from django.utils import translation

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.templates import templates_of
from classwaves_admin.notifications.wording.markup import Button
from classwaves_admin.notifications.wording.rules import Text

__all__ = ["Shipped", "languages_of", "shipped"]

_BLANK_LINES = re.compile(r"\n{3,}")
_BUTTON = "emails/_button.html"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The portal's own text of a mail in one language, and its button where it has one."""

    text: Text
    button: Button | None


def languages_of(kind: str) -> tuple[str, ...]:
    """Return the languages in which a kind of mail exists."""
    found = []
    for language, _ in settings.LANGUAGES:
        try:
            exists = templates_of(kind, language).language == language
        except TemplateDoesNotExist:
            exists = False
        if exists:
            found.append(language)
    return tuple(found)


@cache
def shipped(kind: str, language: str) -> Shipped:
    """Return the text of a kind that may be worded. Raises UnknownKind, LookupError and TemplateDoesNotExist."""
    wording = kinds.wording_of(kind)
    templates = templates_of(kind, language)
    values = {slot: f"${slot}" for slot in wording.slots} | dict.fromkeys(wording.shipped_for, "")
    with translation.override(templates.language):
        subject = templates.subject.render(Context(values, autoescape=False)).strip()
        text = _block(templates.text, "content", values)
        button = _button(templates.html, values)
    return Shipped(Text(subject, _BLANK_LINES.sub("\n\n", text).strip(), button.label if button else ""), button)


def _block(template: Template, name: str, values: Mapping[str, str]) -> str:
    context = Context(dict(values), autoescape=False)
    with context.bind_template(template):
        nodes = [node for node in template.nodelist.get_nodes_by_type(BlockNode) if isinstance(node, BlockNode)]
        return "".join(str(node.nodelist.render(context)) for node in nodes if node.name == name)


def _button(template: Template, values: Mapping[str, str]) -> Button | None:
    context = Context(dict(values))
    for node in template.nodelist.get_nodes_by_type(IncludeNode):
        if isinstance(node, IncludeNode) and node.template.resolve(context) == _BUTTON:
            given = node.extra_context
            return Button(
                given["link"].token, str(given["label"].resolve(context)), str(given["or_copy"].resolve(context))
            )
    return None
