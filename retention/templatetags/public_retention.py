"""Words of the public policy for templates, in the reader's language."""

from __future__ import annotations

from django import template

from classwaves_admin.warehouse.inventory import Retention
from consent.notices.periods import in_words
from retention.public_words import PUBLIC, Words

register = template.Library()
register.filter("period_in_words", in_words)


@register.filter
def public_words(kind: Retention) -> Words:
    """Return what a kind of data is called, what it is for, and from when its days count."""
    return PUBLIC[kind]
