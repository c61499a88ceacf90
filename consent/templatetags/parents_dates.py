"""Template filters for pages and papers of parents: dates on the school's clock, methods in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template

from consent.dates import day_in_words, moment_in_words
from consent.words import method_words, relationship_words

register = template.Library()

register.filter("method_in_words", method_words)
register.filter("relationship_in_words", relationship_words)


@register.filter
def moment_in(moment: datetime, zone: ZoneInfo) -> str:
    """Return day, time and zone in the active language."""
    return moment_in_words(moment, zone)


@register.filter
def day_in(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day in the active language."""
    return day_in_words(moment, zone)
