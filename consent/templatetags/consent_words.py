"""Template filters that turn stored words of consent into words for people."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from classwaves_admin.schools.grades import grade_label
from consent.notices.markdown import to_html
from consent.vocabulary import ConsentType, LabelledEnum
from consent.words import (
    SHORT,
    SHORT_STATUS,
    age_method_words,
    chosen_words,
    consent_type_words,
    language_words,
    left_out_words,
    method_words,
    notice_words,
    relationship_words,
    session_words,
    slot_words,
)

register = template.Library()

register.filter("consent_type_words", consent_type_words)
register.filter("relationship_words", relationship_words)
register.filter("method_words", method_words)
register.filter("age_method_words", age_method_words)
register.filter("language_words", language_words)
register.filter("slot_words", slot_words)
register.filter("notice_words", notice_words)
register.filter("session_words", session_words)
register.filter("notice_html", to_html)
register.filter("grade_label", grade_label)
register.filter("chosen_words", chosen_words)
register.filter("left_out_words", left_out_words)


@register.filter
def short_type(consent_type: ConsentType) -> str:
    """Return the heading of a narrow column."""
    return SHORT[consent_type]


@register.filter
def short_status(status: LabelledEnum) -> str:
    """Return a word or two for a state in a narrow column."""
    return SHORT_STATUS.get(status) or str(status.label)


@register.filter
def short_grade(stored: str | None) -> str:
    """Return a grade for a column that is headed "Grade"."""
    return grade_label(stored).removeprefix("Grade ")


@register.filter
def name_in(key: str, names: Mapping[str, str]) -> str:
    """Return the name that `names` gives for an id; empty where it has none."""
    return names.get(key, "")
