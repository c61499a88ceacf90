"""Filters for the HTML of mails."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter(is_safe=True)
def paragraphs(text: str) -> SafeString:
    """Return a text that many mails share as HTML paragraphs, escaped; made once and remembered.

    For the words of a school, never for what names a person.
    """
    return _paragraphs(str(text))


@lru_cache(maxsize=128)
def _paragraphs(text: str) -> SafeString:
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped
