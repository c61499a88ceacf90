"""A run destroys what was counted and approved, row for row, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import (
    AuditLog,
    BackgroundJob,
    ClassroomSession,
    Participant,
    Recording,
    School,
    StudentGroup,
    Transcription,
)
from retention.actions.running import run_portion
from retention.actions.runs import PLAN, RUN, approve_run
from retention.models import ArchiveFile, Run, RunState, SegmentState
from tests.factories import catalog as make
from tests.factories import holds
from tests.factories import runs as factory

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def aged(days: int) -> dict[str, Any]:
    """Return the moment of a row that is so many days old."""
    return {"created_at": now() - timedelta(days=days)}


def transcripts(school: School, *days: int) -> dict[int, str]:
    """Save a transcript of each age in days in one session, and return their ids."""
    meeting = make.session(school=school, **aged(max(days)))
    return {age: make.transcription(session=meeting, **aged(age)).pk for age in days}


def left(ids: dict[int, str]) -> list[int]:
    """Return the ages of the transcripts that are still there."""
    there = set(Transcription.objects.values_list("pk", flat=True))
    return [age for age, row_id in ids.items() if row_id in there]


def test_rows_past_their_days_go(school: School) -> None:
    """Those of the school that are past 395 days, to the second; the log and the job say so in counts."""
    ids = transcripts(school, 10, 394, 395, 500)
    other = transcripts(make.school(domain="hill.example"), 500)
    counted = factory.run(school)
    assert counted.state == RunState.READY
    assert counted.numbers["sessions.transcriptions"]["delete"] == 2
    assert left(ids) == [10, 394, 395, 500]
    run = factory.approved(counted)
    assert run.state == RunState.DONE
    assert left(ids) == [10, 394]
    assert left(other) == [500]
    [segment] = run.segments.all()
    assert (segment.state, segment.rows, segment.removed, segment.gone) == (SegmentState.DONE, 2, 2, 0)
    told = json.loads(AuditLog.objects.get(event_type="retention.purge_run").data_accessed or "")
    assert (told["table"], told["removed"]) == ("sessions.transcriptions", 2)
    counting, running = BackgroundJob.objects.order_by("created_at", "job_type")
    assert (counting.job_type, counting.status) == ("retention.plan", "completed")
    assert (running.job_type, running.status) == ("retention.run", "completed")
    assert json.loads(running.result or "")["removed"] == {"sessions.transcriptions": 2}


def test_a_session_takes_its_parts_along(school: School) -> None:
    """Whatever the parts' own days say; a young session stays with its own."""
    for days in (1200, 100):
        meeting = make.session(school=school, **aged(days))
        group = make.group(session=meeting)
        seat = make.participant(session=meeting, group=group)
        make.transcription(speaker=seat, session=meeting)
        make.insight(session=meeting)
        make.message(session=meeting)
    run = factory.done(school, kind=Retention.SESSION_RECORDS)
    assert run.state == RunState.DONE
    for model in (ClassroomSession, StudentGroup, Participant, Transcription):
        assert model.objects.count() == 1
    assert run.segments.filter(removed=1).count() == run.segments.count() == 6


def test_a_session_with_a_part_on_hold_stays(school: School) -> None:
    """The held part keeps the session; what of it is not held goes."""
    meeting = make.session(school=school, **aged(1200))
    make.transcription(session=meeting, **aged(3))
    make.insight(session=meeting, **aged(1200))
    holds.hold(school, since=now() - timedelta(days=5))
    run = factory.done(school, kind=Retention.SESSION_RECORDS)
    assert ClassroomSession.objects.count() == 1
    assert Transcription.objects.count() == 1
    assert run.numbers["sessions.classroom_sessions"]["kept"] == {"Something that belongs to them stays.": 1}
    assert run.numbers["sessions.transcriptions"]["kept"] == {"A legal hold covers them.": 1}


def test_a_hold_after_the_count_keeps_its_rows(school: School) -> None:
    """It is asked anew for each slice, and what stays is counted by its reason."""
    ids = transcripts(school, 500, 600)
    counted = factory.run(school)
    holds.hold(school, until=now() - timedelta(days=550))
    run = factory.approved(counted)
    assert left(ids) == [600]
    [segment] = run.segments.all()
    assert (segment.removed, segment.stayed) == (1, {"A legal hold covers them.": 1})


def test_a_set_that_grew_is_left_alone(school: School) -> None:
    """A row that nobody has seen stops the run, with nothing of the slice gone."""
    ids = transcripts(school, 500, 600)
    counted = factory.run(school)
    transcripts(school, 700)
    run = factory.approved(counted)
    assert run.state == RunState.ABORTED
    assert run.stop == {"code": "grew", "table": "sessions.transcriptions", "segment": 1, "rows": 1}
    assert left(ids) == [500, 600]


def test_behind_the_last_row_nobody_is_kept_waiting(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new there is found without the lock of a removal, and stops the run with nothing of the slice gone."""
    ids = transcripts(school, 600)
    counted = factory.run(school)
    transcripts(school, 500)
    monkeypatch.setattr("retention.actions.destroying.removal.remove", None)
    run = factory.approved(counted)
    assert run.stop == {"code": "grew", "table": "sessions.transcriptions", "segment": 1, "rows": 1}
    assert left(ids) == [600]


def test_a_set_that_shrank_goes_on(school: School) -> None:
    """Rows that another service has deleted meanwhile are counted as gone."""
    ids = transcripts(school, 500, 600, 700)
    counted = factory.run(school)
    make.removed(Transcription.objects.get(pk=ids[600]))
    run = factory.approved(counted)
    assert left(ids) == []
    [segment] = run.segments.all()
    assert (segment.removed, segment.gone) == (2, 1)


def test_a_longer_policy_stops_a_run(school: School, frozen_now: time_machine.Traveller) -> None:
    """What the policy lets stay now does not go by numbers of before."""
    policy = make.retention_policy(school=school, retention_days=100, delete_after_days=100)
    ids = transcripts(school, 150)
    counted = factory.run(school)
    frozen_now.shift(60)
    make.change(policy, retention_days=200, delete_after_days=200)
    run = factory.approved(counted)
    assert (run.state, run.stop) == (RunState.ABORTED, {"code": "policy_longer"})
    assert left(ids) == [150]


def test_the_office_counts_and_approves_a_run(office: Client, school: School) -> None:
    """From the form to the result: counted, seen, started, done, each with its page."""
    ids = transcripts(school, 10, 500)
    answer = office.post("/retention/runs/new/", {"school": school.pk, "kind": "transcripts"})
    assert answer.status_code == 302
    run = factory.worked(Run.objects.get(), PLAN)
    page = office.get(answer["Location"]).content.decode()
    assert "Let these rows go?" in page
    assert "1 row leaves the catalog" in page
    office.post(f"/retention/runs/{run.pk}/approve/")
    assert "Pause the run" in office.get(f"/retention/runs/{run.pk}/").content.decode()
    assert factory.worked(run, RUN).state == RunState.DONE
    assert "1 of 1 row left the catalog" in office.get(f"/retention/runs/{run.pk}/").content.decode()
    assert left(ids) == [10]
    assert "Done" in office.get(f"/retention/schools/{school.pk}/").content.decode()
    assert run.pk in office.get("/retention/runs/").content.decode()


def test_a_large_run_needs_a_second_person(office: Client, colleague: Client, school: School, settings: Any) -> None:
    """The one who asked cannot start it; another types the number of rows."""
    settings.RETENTION_SECOND_PERSON_ROWS = 1
    ids = transcripts(school, 500, 600)
    answer = office.post("/retention/runs/new/", {"school": school.pk, "kind": "transcripts"})
    run = factory.worked(Run.objects.get(), PLAN)
    office.post(f"/retention/runs/{run.pk}/approve/", {"rows": "2"})
    assert "Another administrator has to approve" in office.get(answer["Location"]).content.decode()
    wrong = colleague.post(f"/retention/runs/{run.pk}/approve/", {"rows": "3"})
    assert wrong.status_code == 422
    assert "The number of rows is 2" in wrong.content.decode()
    assert left(ids) == [500, 600]
    colleague.post(f"/retention/runs/{run.pk}/approve/", {"rows": "2"})
    factory.worked(run, RUN)
    assert left(ids) == []


def test_a_paused_run_goes_on(office: Client, school: School) -> None:
    """Nothing goes while it is paused; it can be let go on, and dropped before that."""
    ids = transcripts(school, 500)
    run = factory.run(school)
    with inside(EVERYTHING):
        approve_run(run=run, by=factory.COLLEAGUE, now=now())
    office.post(f"/retention/runs/{run.pk}/pause/")
    assert factory.worked(run, RUN).state == RunState.PAUSED
    assert left(ids) == [500]
    assert "Let it go on" in office.get(f"/retention/runs/{run.pk}/").content.decode()
    office.post(f"/retention/runs/{run.pk}/resume/")
    assert factory.worked(run, RUN).state == RunState.DONE
    assert left(ids) == []
    office.post(f"/retention/runs/{run.pk}/drop/")
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_a_recording_whose_file_is_not_gone_stays(office: Client, school: School) -> None:
    """It keeps its session, is listed with what to do, and the next run takes it when the file is gone."""
    meeting = make.session(school=school, **aged(1200))
    make.recording(session=meeting, file_path="s3://elsewhere/1.opus")
    make.insight(session=meeting)
    run = factory.done(school, kind=Retention.SESSION_RECORDS)
    assert run.state == RunState.DONE
    assert ClassroomSession.objects.count() == Recording.objects.count() == 1
    assert "1 stayed because" in office.get(f"/retention/runs/{run.pk}/").content.decode()
    assert "kept by another service" in office.get(f"/retention/runs/{run.pk}/left/").content.decode()


def test_a_run_of_another_school_is_not_found(office: Client) -> None:
    """Neither its page nor what could be done with it."""
    run = factory.run(make.school(domain="hill.example"))
    assert office.get(f"/retention/runs/{run.pk}/").status_code == 404
    assert office.post(f"/retention/runs/{run.pk}/drop/").status_code == 404


def test_rows_past_their_archive_days_leave_for_the_archive(school: School) -> None:
    """By month, in files of their own; what is past its end goes for good, in the same run."""
    make.retention_policy(school=school, archive_after_days=100, retention_days=200, delete_after_days=300)
    ids = transcripts(school, 10, 110, 115, 150, 400)
    counted = factory.run(school)
    numbers = counted.numbers["sessions.transcriptions"]
    assert (numbers["delete"], numbers["archive"]) == (1, 3)
    run = factory.approved(counted)
    assert run.state == RunState.DONE
    assert left(ids) == [10]
    files = ArchiveFile.objects.order_by("month").values_list("month", "rows")
    assert list(files) == [("2024-10", 1), ("2024-11", 2)]
    assert sorted(run.segments.values_list("fate", "month", "removed")) == [
        ("archive", "2024-10", 1),
        ("archive", "2024-11", 2),
        ("delete", "", 1),
    ]


def test_a_session_is_archived_with_its_parts(school: School) -> None:
    """Parts first, and what of them stays keeps the session in the catalog."""
    meetings = [make.session(school=school, **aged(days)) for days in (500, 600)]
    for meeting in meetings:
        make.participant(session=meeting)
        make.recording(session=meeting, **aged(500))
    holds.hold(school, session_id=meetings[0].pk)
    run = factory.done(school, kind=Retention.SESSION_RECORDS)
    assert run.state == RunState.DONE
    for model in (ClassroomSession, Participant, Recording):
        assert model.objects.count() == 1
    assert ArchiveFile.objects.count() == 3


def test_a_run_gets_on_where_each_step_takes_long(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portion whose time is over before its first slice does that slice all the same."""
    monkeypatch.setattr("retention.actions.running.PORTION", 0)
    make.retention_policy(school=school, archive_after_days=100, retention_days=200, delete_after_days=300)
    ids = transcripts(school, 110, 400)
    counted = factory.run(school)
    with inside(EVERYTHING):
        approve_run(run=counted, by=factory.COLLEAGUE, now=now())
        job = Job.objects.get(subject_id=counted.pk, kind=RUN)
        for _ in range(5):
            run_portion(job=job, now=now())
    assert left(ids) == []
