"""Keeps how many students are covered by consent, every night: a school a portion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time

from django.db import transaction

from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor
from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse.models import School
from consent.models import CoverageDay
from consent.queries.everyone import everyone, histories
from consent.queries.glances import office_watch
from consent.rules.history import as_of, month_ends
from consent.rules.overview import glance

__all__ = ["COVERAGE", "coverage_portion", "register", "start_coverage"]

COVERAGE = "consent.coverage"
# Months before a school's first night that are worked out from its consents.
MONTHS_BEFORE = 12


def register() -> None:
    """Register the job. Called once, when Django starts."""
    kinds.register(
        COVERAGE,
        coverage_portion,
        reason="counts the students of every school, one school a portion",
        title="Counting who is covered by consent",
    )


def start_coverage(*, by: Actor, now: datetime) -> Job | None:
    """Start the count of today; None where it is under way or done."""
    day = now.astimezone(UTC).date().isoformat()
    with transaction.atomic():
        states = (State.QUEUED, State.RUNNING, State.DONE)
        if Job.objects.filter(kind=COVERAGE, subject_id=day, state__in=states).exists():
            return None
        return jobs.start(kind=COVERAGE, subject_id=day, school_id=None, by=by, now=now)


def coverage_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Count one school: three warehouse queries. Safe to repeat."""
    day = date.fromisoformat(job.subject_id)
    schools = sorted(School.objects.order_by().values_list("id", flat=True))
    counted = set(CoverageDay.objects.filter(day=day).values_list("school_id", flat=True).distinct())
    waiting = [school_id for school_id in schools if school_id not in counted]
    if waiting:
        _count(waiting[0], day, now)
    left = max(len(waiting) - 1, 0)
    return kinds.Progress(len(schools) - left, len(schools), finished=not left)


def _count(school_id: str, day: date, now: datetime) -> None:
    """Keep the numbers of one school, and on its first night those of the months before."""
    with inside(Scope(schools=(school_id,))):
        earlier = [] if CoverageDay.objects.filter(day__lt=day).exists() else month_ends(day, MONTHS_BEFORE)
        numbers = _numbers([*earlier, day], now)
    rows = [
        CoverageDay(
            school_id=school_id,
            grade=grade,
            day=at,
            students=counts["students"],
            recordable=counts["recordable"],
            under_13_without_consent=counts["without"],
            worked_out=at != day,
        )
        for (at, grade), counts in numbers.items()
    ]
    with transaction.atomic():
        CoverageDay.objects.bulk_create(rows or [_nobody(school_id, day)], ignore_conflicts=True)


def _numbers(days: Collection[date], now: datetime) -> Mapping[tuple[date, str], Counter[str]]:
    """Return the counts by day and grade. Two warehouse queries."""
    found: dict[tuple[date, str], Counter[str]] = {}
    moments = {day: min(datetime.combine(day, time.max, UTC), now) for day in days}
    children, watch = everyone(now), office_watch()
    for student_id, rows in histories(children):
        child = children[student_id]
        for day, moment in moments.items():
            one = glance(as_of(rows, moment), child.about, moment, asked=False, watch=watch)
            counts = found.setdefault((day, child.grade), Counter())
            counts["students"] += 1
            counts["recordable"] += one.may_record
            counts["without"] += one.under_13_without_consent
    return found


def _nobody(school_id: str, day: date) -> CoverageDay:
    return CoverageDay(school_id=school_id, day=day, students=0, recordable=0, under_13_without_consent=0)
