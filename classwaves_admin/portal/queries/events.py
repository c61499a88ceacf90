"""System events as their pages show them. Other services write most of them: nothing is taken for granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, QuerySet

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.models import SystemEvent

__all__ = ["PAGE_SIZE", "EventFilters", "Severity", "Tally", "event_page", "severity_of", "tally_of"]

PAGE_SIZE = 25
# Services that write a component or a severity of their own for each event must not fill the form.
_MOST_GROUPS = 500
_MOST_COMPONENTS = 60


class Severity(StrEnum):
    """How bad an event is, in four steps; each has many spellings."""

    label: str
    spellings: tuple[str, ...]

    def __new__(cls, value: str, label: str, *spellings: str) -> Severity:
        """Make a member from its code, its words and how services write it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.spellings = spellings
        return member

    CRITICAL = "critical", "Critical", "critical", "fatal", "emergency", "alert", "panic"
    ERROR = "error", "Error", "error", "err", "severe", "high"
    WARNING = "warning", "Warning", "warning", "warn", "medium"
    INFO = "info", "Information", "info", "information", "informational", "notice", "debug", "trace", "low"
    OTHER = "other", "Not known"


_BY_SPELLING = {spelling: one for one in Severity for spelling in one.spellings}
_SPELLINGS: dict[str, list[str]] = {
    one.value: sorted({form for word in one.spellings for form in (word, word.upper(), word.capitalize())})
    for one in Severity
}


def severity_of(written: str) -> Severity:
    """Return what a service's word for a severity means."""
    return _BY_SPELLING.get(written.strip().casefold(), Severity.OTHER)


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What a list of events is narrowed to; empty texts do not narrow."""

    since: datetime
    school: str = ""
    severity: str = ""
    component: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events there are by severity, and of which components."""

    by_severity: Mapping[Severity, int]
    components: Sequence[str]


def tally_of(filters: EventFilters) -> Tally:
    """Count the events of the period by severity: one warehouse query."""
    groups = (
        _of_period(filters)
        .order_by()
        .values_list("severity", "component")
        .annotate(rows=Count("id"))
        .order_by("-rows")[:_MOST_GROUPS]
    )
    found: Counter[Severity] = Counter()
    components: dict[str, None] = {}
    for severity, component, rows in groups:
        found[severity_of(severity)] += rows
        components.setdefault(component)
    return Tally({one: found[one] for one in Severity}, sorted(list(components)[:_MOST_COMPONENTS], key=str.casefold))


def event_page(filters: EventFilters, cursor: str) -> keyset.Page[SystemEvent]:
    """Return a page of events, newest first: one warehouse query. Raises BadCursor."""
    rows = _of_period(filters)
    if filters.severity == Severity.OTHER:
        rows = rows.exclude(severity__in=_all_spellings(list(Severity)))
    elif filters.severity:
        rows = rows.filter(severity__in=_SPELLINGS[filters.severity])
    if filters.component:
        rows = rows.filter(component=filters.component)
    return keyset.page(rows, order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def _of_period(filters: EventFilters) -> QuerySet[SystemEvent]:
    rows = SystemEvent.objects.filter(created_at__gte=filters.since)
    return rows.filter(school_id=filters.school) if filters.school else rows


def _all_spellings(severities: Collection[Severity]) -> list[str]:
    return [word for one in severities for word in _SPELLINGS[one]]
