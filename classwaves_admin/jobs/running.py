"""Works on jobs: claim, portion after portion, note the progress, let go.

    queued --claim--> running --step says finished--> done
                      running --fault--> queued (later) ... failed after MAX_ATTEMPTS without progress
                      running --step says NotYet, or the catalog does not answer--> queued (later), however often
                      running --step says CannotGoOn--> failed
    queued, running, failed --a person--> cancelled

The claim is one conditional UPDATE, so two workers never do the same portion at once. It is a lease: a worker
that is killed loses it after rules.LEASE, and another goes on with the portion that was not finished.

The catalog's row of the job follows: with each change of state, and while a job goes on every rules.TOLD_EVERY.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q, QuerySet

from classwaves_admin.jobs import catalog, kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.rules import LEASE, MAX_ATTEMPTS, SLICE, TOLD_EVERY, WAITING_PAUSE, pause_after
from classwaves_admin.lib import clock
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.quick_commit import quick_commit
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.awake import answers

logger = logging.getLogger(__name__)


def run(job_id: str) -> bool:
    """Work on a job for at most SLICE; return whether it wants more at once.

    Returns False for a job that is finished, failed, waits for a later try, or is another worker's.
    """
    with system_scope(reason="the worker looks for its job"):
        job = _claim(job_id, clock.now())
    if job is None:
        return False
    told = time.monotonic()
    ends = told + SLICE.total_seconds()
    with _scope_of(job):
        while _portion(job):
            moment = time.monotonic()
            if moment - told >= TOLD_EVERY.total_seconds():
                told = moment
                _tell(job)
            if moment >= ends:
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
        _end(job, State.FAILED, failure=reason.code)
        return False
    except kinds.NotYet as reason:
        _wait(job, reason.code)
        return False
    except Exception as error:  # noqa: BLE001 - one job's fault must not stop the others
        if isinstance(error, DatabaseError | InterfaceError) and not answers():
            _wait(job, kinds.CATALOG_AWAY)
        else:
            _failed(job, error)
        return False
    if progress.finished:
        _end(job, State.DONE, progress.result, done=progress.done, total=progress.total, failure="")
        return False
    # A step may go on from where it stands.
    _now_that(job, done=progress.done, total=progress.total, attempts=0, failure="")
    return _note(job, done=progress.done, total=progress.total, attempts=0, failure="")


_FREE: dict[str, Any] = {"holder": "", "claimed_at": None, "next_attempt_at": None}


def _end(job: Job, state: State, result: Mapping[str, Any] | None = None, **values: Any) -> None:
    """Note that the job ends in this state, here and in the catalog."""
    moment = clock.now()
    with transaction.atomic():
        if _note(job, state=state, finished_at=moment, **values, **_FREE):
            catalog.follow(_now_that(job, **values), state, now=moment, result=result)


def _failed(job: Job, error: Exception) -> None:
    """Note a failed step: the job waits longer each time, or has failed until a person looks."""
    # The class alone: a traceback may hold personal data.
    name = type(error).__name__[:60]
    logger.error("A step of job kind %s failed: %s", job.kind, name)
    attempts = Job.objects.values_list("attempts", flat=True).get(pk=job.pk) + 1
    if attempts >= MAX_ATTEMPTS:
        _end(job, State.FAILED, attempts=attempts, failure=name)
        return
    moment, values = clock.now(), {"attempts": attempts, "failure": name}
    later = moment + pause_after(attempts)
    with transaction.atomic():
        if _note(job, state=State.QUEUED, **values, **_FREE | {"next_attempt_at": later}):
            catalog.follow(_now_that(job, **values), State.QUEUED, now=moment)


def _wait(job: Job, code: str) -> None:
    """Note what the job waits for. No failed step is counted, and the catalog hears of it once, not at each look."""
    moment = clock.now()
    with transaction.atomic():
        told = job.failure == code
        later = _FREE | {"next_attempt_at": moment + WAITING_PAUSE}
        if _note(job, state=State.QUEUED, failure=code, **later) and not told:
            catalog.follow(_now_that(job, failure=code), State.QUEUED, now=moment)


def _tell(job: Job) -> None:
    """Tell the catalog how far the job is, while this process holds it."""
    moment = clock.now()
    with transaction.atomic():
        if _note(job, claimed_at=moment):
            catalog.follow(job, State.RUNNING, now=moment)


def _now_that(job: Job, **values: Any) -> Job:
    for name, value in values.items():
        setattr(job, name, value)
    return job


def _note(job: Job, **values: Any) -> bool:
    """Change the row while this process holds it; return whether it did.

    It need not wait for the disk: a portion that a power cut makes run again changes nothing.
    """
    with quick_commit():
        return bool(Job.objects.filter(pk=job.pk, state=State.RUNNING, holder=job.holder).update(**values))
