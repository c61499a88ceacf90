"""A school's Markdown as the two forms of a mail, with its slots still in it.

HTML is made from Markdown alone: headings, lists, bold. Raw HTML, pictures and links of one's own stay text, so that a
mail leads nowhere but where the portal's slots lead. Values are filled in afterwards, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from django.template.loader import render_to_string
from django.utils.html import escape, format_html, linebreaks
from markdown_it import MarkdownIt

from classwaves_admin.lib.markdown import plain_text
from classwaves_admin.notifications.templatetags.mail_text import paragraphs
from classwaves_admin.notifications.wording.slots import SLOTS, Form

__all__ = ["Button", "to_html", "to_text"]

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "link", "autolink", "html_inline", "html_block"]
)
# Mail programs drop stylesheets, so the styles stand on the elements (templates/emails/base.html).
_STYLES = {
    "p": "margin: 0 0 16px",
    "h2": "margin: 24px 0 12px; font-size: 19px",
    "ul": "margin: 0 0 16px; padding-left: 24px",
    "ol": "margin: 0 0 16px; padding-left: 24px",
}
_ALONE = re.compile(rf'<p style="{_STYLES["p"]}">\$\{{?([a-z_]+)\}}?</p>')
_ANCHOR = '<a href="{}" style="color: #0f6460; word-break: break-all">{}</a>'


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do: which slot it leads to, its words, what stands above the bare address, its colour."""

    slot: str
    label: str
    or_copy: str
    colour: str = ""


def to_text(markdown: str, values: Mapping[str, str]) -> str:
    """Return the plain text. Raises KeyError for a slot without a value, ValueError for a stray dollar sign."""
    return Template(_plain(markdown)).substitute(values)


def to_html(markdown: str, values: Mapping[str, str], button: Button | None) -> str:
    """Return the content of the HTML, escaped. Raises as `to_text`."""
    filled = {}
    for slot, value in values.items():
        form = SLOTS[slot].form if slot in SLOTS else Form.LINE
        filled[slot] = _inline(form, value)
        filled[f"{slot}__alone"] = _alone(slot, form, value, button)
    return Template(_html(markdown)).substitute(filled)


@lru_cache(maxsize=128)
def _plain(markdown: str) -> str:
    return plain_text(_MARKDOWN.parse(markdown))


@lru_cache(maxsize=128)
def _html(markdown: str) -> str:
    """Return the HTML with slots; one that is a paragraph of its own is marked, since it may become more than that."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        if token.tag in {"h1", "h3", "h4", "h5", "h6"}:
            token.tag = "h2"  # the mail has its own h1
        if token.nesting == 1 and token.tag in _STYLES:
            token.attrSet("style", _STYLES[token.tag])
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return _ALONE.sub(lambda match: f"${{{match[1]}__alone}}", html)


def _inline(form: Form, value: str) -> str:
    if form is Form.LINK:
        return format_html(_ANCHOR, value, value)
    if form is Form.CODE:
        return format_html('<strong style="white-space: nowrap">{}</strong>', value)
    if form is Form.BLOCK:
        return escape(value).replace("\n", "<br>")
    return format_html("<bdi>{}</bdi>", value)


def _alone(slot: str, form: Form, value: str, button: Button | None) -> str:
    """Return a slot that stands in a paragraph of its own."""
    if button is not None and slot == button.slot:
        part = {"link": value, "label": button.label, "or_copy": button.or_copy, "colour": button.colour}
        return render_to_string("emails/_button.html", part)
    if slot == "notice":  # many mails share it
        return f'<div style="font-size: 16px">{paragraphs(value)}</div>'
    if form is Form.BLOCK:
        return f"<div>{linebreaks(value, autoescape=True)}</div>"
    return f'<p style="{_STYLES["p"]}">{_inline(form, value)}</p>'
