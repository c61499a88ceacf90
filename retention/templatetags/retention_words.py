"""Words of retention for templates."""

from __future__ import annotations

from django import template

from retention.models import Run
from retention.rules.in_force import Finding, Source
from retention.words import (
    FINDINGS,
    SOURCES,
    clock_words,
    days_left_words,
    kind_words,
    leftover_words,
    stop_words,
    table_words,
)

register = template.Library()
register.filter("kind_words", kind_words)
register.filter("clock_words", clock_words)
register.filter("table_words", table_words)
register.filter("stop_words", stop_words)
register.filter("leftover_words", leftover_words)
register.filter("days_left_words", days_left_words)


@register.filter
def finding_words(finding: Finding) -> str:
    """Return the sentence for a finding."""
    return FINDINGS[finding]


@register.filter
def source_words(source: Source) -> str:
    """Return where a policy comes from."""
    return SOURCES[source]


@register.filter
def person_in(person: str, people: dict[str, str]) -> str:
    """Return a person's name, or words for somebody who is gone or is no person."""
    return people.get(person, "The portal" if person.startswith("system:") else "A former member of staff")


@register.filter
def of_kind(runs: dict[str, Run], kind: str) -> Run | None:
    """Return the newest run of a kind of data, None where there is none."""
    return runs.get(kind)
