"""Markdown to HTML and to plain text. Raw HTML in a notice stays text."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from classwaves_admin.lib.markdown import inline_text, plain_text
from consent.rules.names import one_line

# Without pictures: they would be loaded from elsewhere, and tell who reads.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#&|~])")
# A notice stands below a page's own h1 and h2.
_LOWER_BY = 1
# Notices of some schools in all languages: each is read by many, changes seldom and names no child.
_TEXTS = 256


def escape(text: str) -> str:
    """Return one line of text that Markdown shows as it is: a school's name cannot carry markup."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


@lru_cache(_TEXTS)
def to_html(text: str) -> SafeString:
    """Return a notice as HTML, its headings one level lower."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{int(token.tag[1]) + _LOWER_BY}"
    # The parser escapes everything and refuses dangerous addresses (html=False, validateLink).
    return SafeString(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


@lru_cache(_TEXTS)
def to_text(text: str) -> str:
    """Return a notice as plain text for a mail: paragraphs, headings on lines of their own, dashes for lists."""
    return plain_text(_MARKDOWN.parse(text))


@lru_cache(_TEXTS)
def title_of(text: str) -> str:
    """Return the first heading of a notice."""
    tokens = _MARKDOWN.parse(text)
    return next((inline_text(tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"), "")


def without_title(text: str) -> str:
    """Return a notice without its first heading, for a page that has it as its own."""
    return re.sub(r"\A\s*#[^\n]*\n", "", text)
