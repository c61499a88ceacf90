"""Words of settings for templates."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from classwaves_admin.schools.settings.queries import DistrictState, Line
from classwaves_admin.schools.settings.words import fault_words, origin_words, shortened, value_words

register = template.Library()
register.filter("origin_words", origin_words)
register.filter("fault_words", fault_words)
register.filter("shortened", shortened)


@register.filter
def held(line: Line | DistrictState) -> str:
    """Return what holds, as people read it."""
    return value_words(line.setting, line.value.value)


@register.filter
def portal_says(state: DistrictState) -> str:
    """Return the portal's default of a key, as people read it."""
    return value_words(state.setting, state.setting.default())


@register.filter
def person_in(person: str, people: Mapping[str, str]) -> str:
    """Return a person's name, or words for somebody who is gone or is no person."""
    return people.get(person, "The portal" if person.startswith("system:") else "A former member of staff")
