"""Rows without what they belong to are found, shown to who sees everything, and swept when a person says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import ClassroomSession, Participant, School, Transcription
from retention.actions.runs import PLAN
from retention.models import Run, RunKind, RunState
from retention.tasks import find_orphans
from tests.factories import catalog as make
from tests.factories import holds, people, runs

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def old(days: int = 40) -> dict[str, Any]:
    """Return the moment of a row that has been there for long enough."""
    return {"created_at": now() - timedelta(days=days)}


def lesson(school: School) -> ClassroomSession:
    """Save a session with a seat and a transcript, all forty days old."""
    meeting = make.session(school=school, **old())
    seat = make.participant(session=meeting, **old())
    make.transcription(session=meeting, speaker=seat, **old())
    return meeting


def found() -> Run:
    """Let the portal look, and return the run."""
    find_orphans()
    return runs.worked(Run.objects.latest("asked_at", "id"), PLAN)


def test_what_belongs_to_a_session_that_is_gone_is_swept(school: School) -> None:
    """Rows of lessons that are there stay, and so does what came within the last month."""
    lesson(school)
    make.removed(lesson(school))
    late = make.session(school=school)
    make.transcription(session=late)
    make.removed(late)
    run = found()
    assert (run.kind, run.state, run.school_id) == (RunKind.ORPHANS, RunState.READY, "")
    assert sum(run.segments.values_list("rows", flat=True)) == 2
    assert runs.approved(run).state == RunState.DONE
    assert Transcription.objects.count() == 2
    assert Participant.objects.count() == 2


def test_sessions_of_a_school_that_has_left_go_with_their_parts(school: School) -> None:
    """The school's row is gone: everything of its lessons goes, parts first, and nothing of another school."""
    gone = make.school(domain="hill.example")
    lesson(gone)
    lesson(school)
    make.removed(gone)
    assert runs.approved(found()).state == RunState.DONE
    assert [one.school_id for one in ClassroomSession.objects.all()] == [school.pk]
    assert Participant.objects.count() == Transcription.objects.count() == 1


def test_the_seat_of_a_student_who_is_gone_is_swept(school: School) -> None:
    """The lesson stays; only the seat tells of somebody of whom nothing else is there."""
    meeting = make.session(school=school, **old())
    student = make.student(school=school)
    make.participant(session=meeting, student=student, **old())
    make.removed(student)
    assert runs.approved(found()).state == RunState.DONE
    assert ClassroomSession.objects.count() == 1
    assert not Participant.objects.exists()


def test_a_hold_on_any_school_keeps_rows_of_nobody_knows_whom(school: School) -> None:
    """Whose they are cannot be told any more, so the hold may cover them."""
    make.removed(lesson(make.school(domain="hill.example")))
    holds.hold(school)
    run = found()
    assert run.state == RunState.DONE
    assert run.numbers["sessions.transcriptions"]["kept"] == {"A legal hold covers them.": 1}
    assert Transcription.objects.count() == 1


def test_only_who_sees_everything_sees_the_sweep(office: Client, school: School) -> None:
    """It is of no school: the office neither sees nor starts one; ClassWaves does, and sees no run of a school."""
    make.removed(lesson(school))
    run = found()
    find_orphans()
    assert Run.objects.count() == 1
    assert office.get(f"/retention/runs/{run.pk}/").status_code == 404
    assert office.post("/retention/runs/new/", {"school": school.pk, "kind": "orphans"}).status_code == 422
    client = Client()
    client.force_login(people.member("super_admin", email="super@classwaves.example"))
    assert client.get(f"/retention/runs/{runs.run(school).pk}/").status_code == 404
    page = client.get(f"/retention/runs/{run.pk}/").content.decode()
    assert "Rows of no school" in page
    assert "2 rows leave the catalog" in page
    assert run.pk in client.get("/retention/runs/").content.decode()
    assert client.post("/retention/runs/new/", {"kind": "orphans"}).status_code == 302
