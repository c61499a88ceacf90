"""Works on jobs: claim, portion after portion, note the progress, let go.

    queued --claim--> running --step says finished--> done
                      running --fault--> queued (later) ... failed after MAX_ATTEMPTS without progress
                      running --step says CannotGoOn--> failed
    queued, running, failed --a person--> cancelled

The claim is one conditional UPDATE, so two workers never do the same portion at once. It is a lease: a worker
that is killed loses it after rules.LEASE, and another goes on with the portion that was not finished.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.rules import LEASE, MAX_ATTEMPTS, SLICE, pause_after
from classwaves_admin.lib import clock
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.quick_commit import quick_commit
from classwaves_admin.tenancy.scope import Scope, inside, system_scope

logger = logging.getLogger(__name__)


def run(job_id: str) -> bool:
    """Work on a job for at most SLICE; return whether it wants more at once.

    Returns False for a job that is finished, failed, waits for a later try, or is another worker's.
    """
    with system_scope(reason="the worker looks for its job"):
        job = _claim(job_id, clock.now())
    if job is None:
        return False
    ends = time.monotonic() + SLICE.total_seconds()
    with _scope_of(job):
        while _portion(job):
            if time.monotonic() >= ends:
                return _note(job, state=State.QUEUED, holder="", claimed_at=None, next_attempt_at=clock.now())
    return False


def due(now: datetime) -> QuerySet[Job]:
    """Return the jobs that wait for this moment, and those whose worker has been silent for LEASE."""
    return Job.objects.filter(
        Q(state=State.QUEUED, next_attempt_at__lte=now) | Q(state=State.RUNNING, claimed_at__lte=now - LEASE)
    )


def _claim(job_id: str, now: datetime) -> Job | None:
    holder = new_id()
    rows = due(now).filter(pk=job_id)
    if not rows.update(state=State.RUNNING, holder=holder, claimed_at=now):
        return None
    Job.objects.filter(pk=job_id, started_at=None).update(started_at=now)
    return Job.objects.get(pk=job_id)


@contextmanager
def _scope_of(job: Job) -> Iterator[None]:
    if job.school_id:
        with inside(Scope(schools=(job.school_id,))):
            yield
    else:
        with system_scope(reason=kinds.get(job.kind).reason if _is_known(job) else "a job of another release"):
            yield


def _is_known(job: Job) -> bool:
    try:
        kinds.get(job.kind)
    except kinds.UnknownKind:
        return False
    return True


def _portion(job: Job) -> bool:
    """Do one portion; return whether there is another one to do now."""
    now = clock.now()
    if not _note(job, claimed_at=now):  # a person stopped it, or another worker has it
        return False
    try:
        progress = kinds.get(job.kind).step(job=job, now=now)
    except kinds.CannotGoOn as reason:
        _note(job, state=State.FAILED, failure=reason.code, finished_at=clock.now(), **_FREE)
        return False
    except Exception as error:  # noqa: BLE001 - one job's fault must not stop the others
        _failed(job, error)
        return False
    if progress.finished:
        _note(
            job,
            state=State.DONE,
            done=progress.done,
            total=progress.total,
            failure="",
            finished_at=clock.now(),
            **_FREE,
        )
        return False
    job.done, job.total = progress.done, progress.total  # a step may go on from where it stands
    return _note(job, done=progress.done, total=progress.total, attempts=0, failure="")


_FREE: dict[str, Any] = {"holder": "", "claimed_at": None, "next_attempt_at": None}


def _failed(job: Job, error: Exception) -> None:
    """Note a failed step: the job waits longer each time, or has failed until a person looks."""
    # The class alone: a traceback may hold personal data.
    name = type(error).__name__
    logger.error("A step of job kind %s failed: %s", job.kind, name)
    attempts = Job.objects.values_list("attempts", flat=True).get(pk=job.pk) + 1
    if attempts >= MAX_ATTEMPTS:
        _note(job, state=State.FAILED, attempts=attempts, failure=name[:60], finished_at=clock.now(), **_FREE)
    else:
        later = clock.now() + pause_after(attempts)
        _note(job, state=State.QUEUED, attempts=attempts, failure=name[:60], **_FREE | {"next_attempt_at": later})


def _note(job: Job, **values: Any) -> bool:
    """Change the row while this process holds it; return whether it did.

    It need not wait for the disk: a portion that a power cut makes run again changes nothing.
    """
    with quick_commit():
        return bool(Job.objects.filter(pk=job.pk, state=State.RUNNING, holder=job.holder).update(**values))
