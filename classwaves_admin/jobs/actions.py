"""Starts jobs, stops them, and starts failed ones again. What a job is about is audited by the app that starts it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import kombu.exceptions
from celery import current_app
from django.conf import settings
from django.db import connections, transaction

from classwaves_admin.jobs import catalog, kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.rules import SOURCES
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction

__all__ = ["RUN", "cancel", "forget_old", "hand_on", "restart", "start"]

logger = logging.getLogger(__name__)

RUN = "jobs.run"  # tasks.py, which stands above this module


def start(*, kind: str, subject_id: str, school_id: str | None, total: int = 0, by: Actor, now: datetime) -> Job:
    """Start a job in the caller's transaction and return it.

    The worker hears of it after the commit, by its id alone. Raises OutsideTransaction and UnknownKind.
    """
    if not connections["default"].in_atomic_block:
        raise OutsideTransaction("Start a job inside transaction.atomic(), together with what it is about.")
    kinds.get(kind)
    job = Job.objects.create(
        kind=kind,
        subject_id=subject_id,
        school_id=school_id or "",
        actor_id=by.id,
        actor_type=by.type.value,
        support_grant=by.support_grant,
        total=total,
        next_attempt_at=now,
        created_at=now,
    )
    catalog.add(job)
    transaction.on_commit(lambda: hand_on(job.id), robust=True)
    return job


def cancel(*, job_id: str, now: datetime) -> bool:
    """Stop a job before its next portion; what is done stays done. Return whether it was still open."""
    with transaction.atomic():
        rows = Job.objects.filter(pk=job_id, state__in=SOURCES[State.CANCELLED])
        stopped = rows.update(state=State.CANCELLED, finished_at=now, holder="", claimed_at=None)
        if stopped:
            catalog.follow(Job.objects.get(pk=job_id), State.CANCELLED, now=now)
    return bool(stopped)


def restart(*, job_id: str, now: datetime) -> bool:
    """Let a failed job go on from where it stopped. Return whether it had failed."""
    with transaction.atomic():
        rows = Job.objects.filter(pk=job_id, state=State.FAILED)
        restarted = rows.update(state=State.QUEUED, attempts=0, failure="", finished_at=None, next_attempt_at=now)
        if restarted:
            catalog.follow(Job.objects.get(pk=job_id), State.QUEUED, now=now)
            transaction.on_commit(lambda: hand_on(job_id), robust=True)
    return bool(restarted)


def forget_old(*, now: datetime) -> int:
    """Delete the jobs that ended more than JOB_DAYS ago, failed ones aside: a person must look. Return how many."""
    over = Job.objects.filter(
        state__in=(State.DONE, State.CANCELLED), finished_at__lte=now - timedelta(days=settings.JOB_DAYS)
    )
    return over.delete()[0]


def hand_on(job_id: str) -> None:
    """Tell the worker of a job. Where the broker cannot be reached, the timetable finds the job."""
    try:
        current_app.send_task(RUN, kwargs={"job_id": job_id}, retry=False)
    except (kombu.exceptions.OperationalError, OSError):
        logger.warning("The broker cannot be reached; the job waits for the next look.")
