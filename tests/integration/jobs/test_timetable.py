"""Tasks of the timetable are seen among the jobs: when they ended well, which broke off, without the error's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.conf import settings
from django.db import DatabaseError

from classwaves_admin.jobs import actions, running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.tasks import run
from classwaves_admin.jobs.timetable import EVENT, SCHEDULED
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import BackgroundJob, SystemEvent
from classwaves_admin.warehouse.outbox import delivery
from consent import tasks

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]
SECRET = "quillon@home.example"


@pytest.fixture(autouse=True)
def _everywhere() -> Iterator[None]:
    """Look at what is of no school."""
    with system_scope(reason="test"):
        yield


def fail(monkeypatch: pytest.MonkeyPatch, name: str = "note_ended", task: str = "consent.expire") -> None:
    """Run a task by Celery as the worker does, with a fault in what it calls."""

    def broken(**_given: object) -> None:
        raise DatabaseError(f"duplicate key ({SECRET})")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, name, broken)
        current_app.tasks[task].apply()


def events() -> list[SystemEvent]:
    """Return what the catalog tells of tasks that failed."""
    delivery.deliver()
    return list(SystemEvent.objects.filter(event_type=EVENT).order_by("created_at"))


def test_a_task_that_fails_stands_among_jobs_and_events_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another task is not concerned; no page, row or event repeats what the error said."""
    fail(monkeypatch)
    (event,) = events()
    assert (event.severity, event.component, event.school_id) == ("error", "worker", None)
    assert "consent.expire" in event.message
    job = Job.objects.get()
    assert (job.kind, job.subject_id, job.state, job.failure) == (
        SCHEDULED,
        "consent.expire",
        State.FAILED,
        "DatabaseError",
    )
    row = BackgroundJob.objects.get(pk=job.pk)
    assert (row.status, row.error_message, row.completed_at) == ("failed", "DatabaseError", now())
    assert SECRET not in f"{vars(event)}{vars(job)}{vars(row)}"


def test_a_fault_that_lasts_is_told_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within an hour nothing more is written; after it the same job and one more event; another task has its own."""
    for minutes, told in ((0, 1), (59, 1), (61, 2), (62, 2)):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            fail(monkeypatch)
            assert len(events()) == told
    job = Job.objects.get()
    assert job.attempts == BackgroundJob.objects.get(pk=job.pk).retry_count == 2
    fail(monkeypatch, "remind_waiting", "consent.remind")
    assert sorted(Job.objects.values_list("subject_id", flat=True)) == ["consent.expire", "consent.remind"]


def test_a_task_that_ends_well_has_one_row_that_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told once an hour, in the catalog too; beside it stands what failed, until a person looks."""
    for minutes, ended in ((0, 0), (59, 0), (61, 61)):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            current_app.tasks["consent.remind"].apply()
            delivery.deliver()
        job = Job.objects.get()
        row = BackgroundJob.objects.get(pk=job.pk)
        assert (job.kind, job.subject_id, job.state) == (SCHEDULED, "consent.remind", State.DONE)
        assert row.status == "completed"
        assert row.completed_at == job.finished_at == now() + timedelta(minutes=ended)
        assert row.started_at == job.started_at == job.finished_at
    fail(monkeypatch, "remind_waiting", "consent.remind")
    assert sorted(Job.objects.values_list("state", flat=True)) == [State.DONE, State.FAILED]


def test_a_person_starts_the_task_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker gets the task once more and the job is done; if it fails again, it is told as a new one."""
    fail(monkeypatch)
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_options: sent.append(name))
    job = Job.objects.get()
    assert actions.restart(job_id=job.pk, now=now())
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, sent) == (State.DONE, ["consent.expire"])
    fail(monkeypatch)
    assert Job.objects.filter(state=State.FAILED).count() == 1
    assert len(events()) == 2


def test_a_task_that_is_on_no_timetable_fails_as_its_caller_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A portion of a job keeps its own account: no second row."""
    assert "jobs.run" not in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    def broken(_job_id: str) -> bool:
        raise DatabaseError(SECRET)

    monkeypatch.setattr(running, "run", broken)
    run.apply(kwargs={"job_id": "job-1"})
    assert not Job.objects.exists()
