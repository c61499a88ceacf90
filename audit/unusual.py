"""Looks every night for people who saw far more records than usual: a school a portion of the job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from audit.models import UnusualDay
from audit.rules.reading import LOOKS
from audit.rules.unusual import Limits, Unusual, judge
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.warehouse.models import AuditLog, School

__all__ = ["JOB", "SHOWN_DAYS", "look_portion", "recent", "register", "start_looking"]

JOB = "audit.unusual"
MONTH = 30
# How long a finding stays on the dashboard and its list; the log itself keeps everything.
SHOWN_DAYS = 7
# People alone: what the portal, a child or a parent does is no staff's access.
_PEOPLE = (ActorType.TEACHER.value, ActorType.ADMIN.value, ActorType.AUDITOR.value)


@dataclass(frozen=True, slots=True)
class _Person:
    """Looks of one person on the day, and on each day of the month before."""

    actor_id: str
    actor_type: str
    looks: int
    before: tuple[int, ...]


def register() -> None:
    """Register the job, when Django starts."""
    kinds.register(
        JOB,
        look_portion,
        reason="compares people with their own month, one school a portion",
        title="Looking for unusual access",
    )


def start_looking(*, by: Actor, now: datetime) -> Job | None:
    """Start to look at yesterday; None where that is under way or done."""
    day = (now.astimezone(UTC).date() - timedelta(days=1)).isoformat()
    with transaction.atomic():
        states = (State.QUEUED, State.RUNNING, State.DONE)
        if Job.objects.filter(kind=JOB, subject_id=day, state__in=states).exists():
            return None
        return jobs.start(kind=JOB, subject_id=day, school_id=None, by=by, now=now)


def look_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Look at one school: two warehouse queries. Safe to repeat."""
    day = date.fromisoformat(job.subject_id)
    schools = sorted(School.objects.order_by().values_list("id", flat=True))
    if job.done < len(schools):
        _look(schools[job.done], day)
    done = min(job.done + 1, len(schools))
    return kinds.Progress(done, len(schools), finished=done >= len(schools))


def recent(now: datetime) -> Q:
    """Return the condition for the findings that the dashboard counts and the list shows."""
    return Q(day__gte=now.astimezone(UTC).date() - timedelta(days=SHOWN_DAYS))


def _look(school_id: str, day: date) -> None:
    limits = Limits(settings.UNUSUAL_LOOKS_LEAST, settings.UNUSUAL_LOOKS_FACTOR, settings.UNUSUAL_LOOKS_DAYS)
    found = [(one, unusual) for one in _people(school_id, day) if (unusual := judge(one.looks, one.before, limits))]
    with transaction.atomic():
        UnusualDay.objects.filter(school_id=school_id, day=day).delete()
        UnusualDay.objects.bulk_create(_row(school_id, day, one, unusual) for one, unusual in found)


def _people(school_id: str, day: date) -> Iterator[_Person]:
    """Yield who looked on the day, with their month before. One warehouse query."""
    edges = [datetime.combine(day - timedelta(days=back), time.min, UTC) for back in range(MONTH, -2, -1)]
    days = {
        f"day_{place}": Count("pk", filter=Q(event_timestamp__gte=edges[place], event_timestamp__lt=edges[place + 1]))
        for place in range(MONTH + 1)
    }
    rows = AuditLog.objects.filter(
        school_id=school_id,
        event_timestamp__gte=edges[0],
        event_timestamp__lt=edges[-1],
        event_type__in=sorted(LOOKS),
        actor_type__in=_PEOPLE,
    )
    for actor_id, actor_type, *numbers in (
        rows.order_by().values("actor_id", "actor_type").annotate(**days).values_list("actor_id", "actor_type", *days)
    ):
        if numbers[-1]:
            yield _Person(actor_id, actor_type, numbers[-1], tuple(numbers[:-1]))


def _row(school_id: str, day: date, one: _Person, unusual: Unusual) -> UnusualDay:
    return UnusualDay(
        school_id=school_id,
        actor_id=one.actor_id,
        actor_type=one.actor_type,
        day=day,
        looks=unusual.looks,
        ordinary=unusual.ordinary,
        most=unusual.most,
        days=unusual.days,
    )
