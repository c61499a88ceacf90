"""Words for what the catalog says of districts and schools in codes."""

from __future__ import annotations

from django import template

from classwaves_admin.schools.states import STATES
from classwaves_admin.schools.tiers import status_words as words_of_status
from classwaves_admin.schools.tiers import tier_words as words_of_tier

register = template.Library()
_STATES = dict(STATES)


@register.filter
def state_words(stored: str) -> str:
    """Return the name of a state; what is no state's letters is shown as it is."""
    return _STATES.get(stored, stored)


@register.filter
def tier_words(stored: str) -> str:
    """Return the words for a subscription."""
    return words_of_tier(stored)


@register.filter
def subscription_words(stored: str) -> str:
    """Return the words for the state of a subscription."""
    return words_of_status(stored)
