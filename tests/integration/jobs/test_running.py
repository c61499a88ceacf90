"""Jobs from start to end, over faults, stops and two workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, OperationalError, transaction

from classwaves_admin.jobs import actions, catalog, kinds, running, tasks
from classwaves_admin.jobs.kinds import CannotGoOn, NotYet, Progress
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.jobs.rules import LEASE, MAX_ATTEMPTS, WAITING_PAUSE
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import BackgroundJob, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]
ADMIN = Actor("teacher-1", ActorType.ADMIN, "192.0.2.1", "test")
KIND = "trial.steps"


class Steps:
    """A kind whose portions do what the test says, one after the other."""

    def __init__(self) -> None:
        self.plan: list[Progress | Exception] = []
        self.students: list[str] = []
        self.during: Any = None

    def __call__(self, *, job: Job, now: Any) -> Progress:
        """Do the next portion."""
        self.students = list(Student.objects.values_list("id", flat=True))
        if self.during:
            self.during(job)
        what = self.plan.pop(0)
        if isinstance(what, Exception):
            raise what
        return what


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """Register the kind; the test itself looks at every school."""
    monkeypatch.setattr(kinds, "_KINDS", {})
    found = Steps()
    kinds.register(KIND, found, reason="a test")
    with system_scope(reason="test"):
        yield found


def started(school_id: str | None = None) -> Job:
    """Start a job."""
    with transaction.atomic():
        return actions.start(kind=KIND, subject_id="campaign-1", school_id=school_id, total=3, by=ADMIN, now=now())


def state(job: Job) -> tuple[str, int, int]:
    """Return where the job stands."""
    job.refresh_from_db()
    return job.state, job.done, job.total


def test_portion_after_portion_until_nothing_is_left(steps: Steps) -> None:
    """A job shows how far it is and when it started and ended, and names who asked for it."""
    steps.plan = [Progress(1, 3), Progress(2, 3), Progress(3, 3, finished=True)]
    job = started()
    assert not running.run(job.id)
    assert state(job) == (State.DONE, 3, 3)
    assert job.started_at == job.finished_at == now()
    assert job.holder == ""
    assert (job.by.id, job.by.type) == (ADMIN.id, ADMIN.type)
    assert job_of(KIND, "campaign-1") == job


def test_an_unknown_kind_fails_where_the_job_is_started(steps: Steps) -> None:
    """A mistyped kind never reaches the worker."""
    with pytest.raises(kinds.UnknownKind), transaction.atomic():
        actions.start(kind="trial.unknown", subject_id="x", school_id=None, by=ADMIN, now=now())


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_a_job_is_started_together_with_what_it_is_about(steps: Steps) -> None:
    """Outside a transaction the record and its job could part."""
    with pytest.raises(OutsideTransaction):
        actions.start(kind=KIND, subject_id="x", school_id=None, by=ADMIN, now=now())


def test_a_job_of_one_school_sees_that_school_alone(steps: Steps) -> None:
    """The scope of a job is its school's, whoever runs it."""
    ours, other = make.student(), make.student()
    steps.plan = [Progress(1, 1, finished=True)]
    running.run(started(ours.school_id).id)
    assert steps.students == [ours.id]
    assert other.school_id != ours.school_id


def test_a_fault_is_waited_out_and_progress_forgives(steps: Steps) -> None:
    """A failed portion is tried again later; after one that worked the count of faults starts anew."""
    steps.plan = [Progress(1, 3), DatabaseError("secret words"), Progress(2, 3), Progress(3, 3, finished=True)]
    job = started()
    running.run(job.id)
    assert state(job) == (State.QUEUED, 1, 3)
    assert (job.attempts, job.failure) == (1, "DatabaseError")
    assert not running.run(job.id), "too early"
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        running.run(job.id)
    assert state(job) == (State.DONE, 3, 3)
    assert (job.attempts, job.failure) == (0, "")


def test_a_fault_that_stays_ends_the_job_until_a_person_looks(steps: Steps) -> None:
    """After MAX_ATTEMPTS the job has failed; started again it goes on from where it stopped."""
    steps.plan = [Progress(1, 3), *[ValueError("x")] * MAX_ATTEMPTS, Progress(3, 3, finished=True)]
    job = started()
    moment = now()
    for _ in range(MAX_ATTEMPTS):
        with time_machine.travel(moment := moment + timedelta(hours=1), tick=False):
            running.run(job.id)
    assert state(job) == (State.FAILED, 1, 3)
    with time_machine.travel(moment, tick=False):
        assert actions.restart(job_id=job.id, now=now())
        assert not actions.restart(job_id=job.id, now=now())
        running.run(job.id)
    assert state(job) == (State.DONE, 3, 3)


def test_what_a_step_waits_for_is_no_fault_of_it(steps: Steps) -> None:
    """However long it takes, the job goes on by itself, and the catalog hears once that it waits."""
    steps.plan = [Progress(1, 3), *[NotYet("catalog_away")] * (MAX_ATTEMPTS + 2), Progress(3, 3, finished=True)]
    job = started()
    moment = now()
    told = OutboxEntry.objects.count
    running.run(job.id)
    entries = told()
    for _ in range(MAX_ATTEMPTS + 1):
        assert (state(job)[:2], job.attempts, job.failure) == ((State.QUEUED, 1), 0, "catalog_away")
        with time_machine.travel(moment := moment + WAITING_PAUSE, tick=False):
            running.run(job.id)
    assert told() == entries
    with time_machine.travel(moment + WAITING_PAUSE, tick=False):
        running.run(job.id)
    assert (state(job), job.failure) == ((State.DONE, 3, 3), "")


def test_a_catalog_that_does_not_answer_is_no_fault_of_a_job(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a database is counted where the catalog answers, and waited for where it does not."""
    steps.plan = [OperationalError("secret words"), OperationalError("secret words")]
    job = started()
    with monkeypatch.context() as outage:
        outage.setattr(running, "answers", lambda: False)
        running.run(job.id)
    assert (state(job)[0], job.attempts, job.failure) == (State.QUEUED, 0, "catalog_away")
    with time_machine.travel(now() + WAITING_PAUSE, tick=False):
        running.run(job.id)
    assert (state(job)[0], job.attempts, job.failure) == (State.QUEUED, 1, "OperationalError")


def test_a_step_that_cannot_go_on_says_why(steps: Steps) -> None:
    """Where another try would end the same way the job fails at once, with a code."""
    steps.plan = [CannotGoOn("notice_incomplete")]
    job = started()
    running.run(job.id)
    assert (state(job)[0], job.failure) == (State.FAILED, "notice_incomplete")


def test_a_person_stops_a_job_between_two_portions(steps: Steps) -> None:
    """What is done stays done, and the portion that is under way does not bring the job back."""
    job = started()
    steps.plan = [Progress(1, 3), Progress(2, 3)]
    steps.during = lambda job: actions.cancel(job_id=job.id, now=now()) if len(steps.plan) == 1 else None
    running.run(job.id)
    assert state(job) == (State.CANCELLED, 1, 3)
    assert not actions.cancel(job_id=job.id, now=now())
    running.run(job.id)
    assert state(job)[0] == State.CANCELLED


def test_two_workers_never_hold_one_job(steps: Steps) -> None:
    """While one works the other finds nothing; when the first is silent for the lease, the other goes on."""
    job = started()
    seen: list[bool] = []
    steps.plan = [Progress(1, 3), Progress(2, 3), Progress(3, 3, finished=True)]
    steps.during = lambda job: seen.append(running.due(now()).filter(pk=job.pk).exists())
    running.run(job.id)
    assert seen == [False, False, False]
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, holder="dead", claimed_at=now())
    with time_machine.travel(now() + LEASE, tick=False):
        assert running.due(now()).filter(pk=job.pk).exists()


def test_a_job_of_another_release_waits(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not know the kind leaves the job to one that does."""
    job = started()
    monkeypatch.setattr(kinds, "_KINDS", {})
    running.run(job.id)
    assert (state(job)[0], job.failure) == (State.QUEUED, "UnknownKind")


def test_a_long_job_lets_others_have_the_thread(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its slice of time a job goes back into the queue and is handed on."""
    monkeypatch.setattr(running, "SLICE", timedelta(0))
    handed: list[str] = []
    monkeypatch.setattr(tasks, "hand_on", handed.append)
    steps.plan = [Progress(1, 3)]
    job = started()
    tasks.run(job_id=job.id)
    assert (state(job), handed) == ((State.QUEUED, 1, 3), [job.id])
    tasks.resume()
    assert handed == [job.id, job.id]


def row(job: Job) -> tuple[str, int, str | None, bool]:
    """Return what the catalog says of a job: status, tries, fault, and whether it has ended."""
    delivery.deliver()
    found = BackgroundJob.objects.get(pk=job.id)
    return found.status, found.retry_count, found.error_message, found.completed_at is not None


def test_the_catalog_follows_a_job(steps: Steps) -> None:
    """Asked, tried again, done with its counts and what its kind tells: other services see each in one row."""
    steps.plan = [DatabaseError("gone"), Progress(2, 2, finished=True, result={"removed": 5})]
    job = started()
    assert row(job) == ("pending", 0, None, False)
    running.run(job.id)
    assert row(job) == ("pending", 1, "DatabaseError", False)
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        running.run(job.id)
    assert row(job) == ("completed", 1, None, True)
    told = BackgroundJob.objects.get(pk=job.id)
    assert json.loads(told.result or "") == {"done": 2, "total": 2, "removed": 5}
    assert json.loads(told.parameters or "")["subject_id"] == job.subject_id


def test_the_catalog_is_not_told_at_each_portion(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten quick portions cost two writes, of the beginning and the end; slow ones are told as they go on."""
    writes: list[str] = []
    monkeypatch.setattr(catalog, "follow", lambda job, state, **_: writes.append(f"{state} {job.done}"))
    steps.plan = [Progress(done, 9, finished=done == 9) for done in range(10)]
    running.run(started().id)
    assert writes == ["done 9"]
    monkeypatch.setattr(running, "TOLD_EVERY", timedelta(0))
    steps.plan = [Progress(1, 2), Progress(2, 2, finished=True)]
    running.run(started().id)
    assert writes[1:] == ["running 1", "done 2"]
