"""The check of ages, school by school, as jobs, each night and after a roster: consent.birthdays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import School, Student
from consent.actions.birthdays import keep_birthdays

KIND = "consent.birthdays"
# Students of one portion: two warehouse queries of a few hundred rows each.
PORTION = 250


def register() -> None:
    """Register the kind of job. Called once, when Django starts."""
    kinds.register(KIND, check_ages, reason="ages of one school against the calendar", title="Checking ages")


def start_all(*, by: Actor, now: datetime) -> int:
    """Start the check of every school; return how many were started."""
    return start_for(School.objects.order_by("id").values_list("id", flat=True), by=by, now=now)


def start_for(school_ids: Iterable[str], *, by: Actor, now: datetime) -> int:
    """Start the check of these schools; return how many were started. One that still runs is left alone."""
    started = 0
    for school_id in school_ids:
        last = job_of(KIND, school_id)
        if last is None or not last.is_open:
            with transaction.atomic():
                jobs.start(kind=KIND, subject_id=school_id, school_id=school_id, by=by, now=now)
            started += 1
    return started


def check_ages(*, job: Job, now: datetime) -> kinds.Progress:
    """Check one portion of a school's students, in the order of their ids.

    A student who is enrolled in front of the place that is reached is checked in the next night.
    """
    students = Student.objects.filter(school_id=job.subject_id).order_by("id")
    total = job.total or students.count()
    portion = list(students[job.done : job.done + PORTION])
    keep_birthdays(students=portion, by=job.by, now=now)
    done = job.done + len(portion)
    return kinds.Progress(done, max(total, done), finished=len(portion) < PORTION)
