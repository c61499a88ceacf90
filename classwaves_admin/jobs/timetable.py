"""Tasks of the timetable stand among the jobs: when each ended well the last time, and each that broke off.

One that broke off stays until somebody looks and starts it again. Long work is a job of its own and ends as one; what
Celery's timetable runs inline would otherwise be told in the log alone.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from celery.signals import task_failure, task_prerun, task_success
from django.conf import settings
from django.db import Error, transaction

from classwaves_admin.jobs import catalog, kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SystemEvent
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["EVENT", "SCHEDULED", "note_failure", "note_success", "register", "run_again"]

logger = logging.getLogger(__name__)

SCHEDULED, EVENT = "jobs.scheduled", "task.failed"
# Some tasks run every ten seconds: that they end well, or a fault that lasts, is told once in so long.
QUIET = timedelta(hours=1)


def register() -> None:
    """Register the kind, and listen to Celery. Called once, when Django starts."""
    kinds.register(SCHEDULED, run_again, reason="the timetable is of every school", title="Task of the timetable")
    task_prerun.connect(_on_start, dispatch_uid=SCHEDULED)
    task_success.connect(_on_success, dispatch_uid=SCHEDULED)
    task_failure.connect(_on_failure, dispatch_uid=SCHEDULED)


def run_again(*, job: Job, now: datetime) -> kinds.Progress:
    """Hand the task to the worker once more: what a person asks for who has mended the fault."""
    current_app.send_task(job.subject_id, retry=False)
    return kinds.Progress(1, 1, finished=True)


def note_failure(*, task: str, error: str, now: datetime) -> bool:
    """Note that a task of the timetable failed with this class of error, as a failed job and as an event of the system.

    A task that fails again keeps its job. Return False, and note nothing, within QUIET.
    """
    with transaction.atomic(), system_scope(reason="a task of the timetable is of no school"):
        job = _job_to_tell(task, State.FAILED, now)
        if job is None:
            return False
        job.attempts, job.failure, job.finished_at = job.attempts + 1, error[:60], now
        job.save(update_fields=["attempts", "failure", "finished_at"])
        catalog.follow(job, State.FAILED, now=now)
        gateway.insert(_event(task, error, now))
    return True


def note_success(*, task: str, began: datetime, now: datetime) -> bool:
    """Note that a task of the timetable ended well: the same job each time, beside one that failed.

    Return False, and note nothing, within QUIET.
    """
    with transaction.atomic(), system_scope(reason="a task of the timetable is of no school"):
        job = _job_to_tell(task, State.DONE, now)
        if job is None:
            return False
        job.started_at, job.finished_at, job.done, job.total = began, now, 1, 1
        job.save(update_fields=["started_at", "finished_at", "done", "total"])
        catalog.follow(job, State.DONE, now=now)
    return True


def _is_scheduled(task: str) -> bool:
    return any(entry["task"] == task for entry in settings.CELERY_BEAT_SCHEDULE.values())


def _on_start(*, task: Any, **_more: Any) -> None:
    task.request.began = clock.now()


def _on_success(*, sender: Any, **_more: Any) -> None:
    if not _is_scheduled(sender.name):
        return
    ended = clock.now()
    try:
        note_success(task=sender.name, began=getattr(sender.request, "began", ended), now=ended)
    except Error as fault:
        logger.warning("The end of %s could not be noted: %s", sender.name, type(fault).__name__)


def _on_failure(*, sender: Any, exception: BaseException, **_more: Any) -> None:
    if not _is_scheduled(sender.name):
        return
    try:
        # The class alone: the words of an error may hold personal data.
        note_failure(task=sender.name, error=type(exception).__name__, now=clock.now())
    except Error as fault:
        logger.warning("The failure of %s could not be noted: %s", sender.name, type(fault).__name__)


def _job_to_tell(task: str, state: State, now: datetime) -> Job | None:
    """Return the job that tells of a task in this state, locked; a new one, or None where it was told within QUIET."""
    told = Job.objects.select_for_update().filter(kind=SCHEDULED, subject_id=task, state=state)
    job = told.order_by("-finished_at").first()
    if job is None:
        return _new(task, state, now)
    return None if job.finished_at is not None and now - job.finished_at < QUIET else job


def _new(task: str, state: State, now: datetime) -> Job:
    by = system("timetable")
    job = Job.objects.create(
        kind=SCHEDULED,
        subject_id=task,
        actor_id=by.id,
        actor_type=by.type.value,
        state=state,
        created_at=now,
        started_at=now,
        finished_at=now,
    )
    catalog.add(job)
    return job


def _event(task: str, error: str, now: datetime) -> SystemEvent:
    return SystemEvent(
        id=new_id(),
        event_type=EVENT,
        severity="error",
        component="worker",
        message=f"The task {task} of the timetable failed: {error}. It runs again at its next time.",
        created_at=now,
    )
