"""One child's data are deleted as the schedule says, other children's stay, and "completed" is proved first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import (
    AnalysisResult,
    AuditLog,
    ClassroomSession,
    CoppaCompliance,
    EducationalInsight,
    Message,
    ParentalConsent,
    Participant,
    Recording,
    School,
    Student,
    Transcription,
)
from retention import files
from retention.actions import child_running
from retention.actions.child_deletion import approve_deletion
from retention.actions.runs import RUN_CHILD
from retention.models import ArchiveFile, ArchiveState, RightsRequest, RunState
from retention.queries.child import child_rules, parts_now, tasks_of
from retention.queries.requests import request_page
from retention.vocabulary import RequestKind, RequestOutcome
from tests.factories import catalog as make
from tests.factories import deletions as factory
from tests.factories import holds, requests
from tests.factories.runs import COLLEAGUE
from tests.integration.retention.archives import archived

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


@dataclass
class Lesson:
    """A lesson in which two children sat at one table and a third at another."""

    meeting: ClassroomSession
    maya: Student
    noah: Student
    seats: dict[str, Participant]
    recordings: dict[str, str]


@pytest.fixture
def lesson(school: School) -> Lesson:
    """Return a lesson with words, voices, messages and conclusions of each child."""
    meeting = make.session(school=school)
    tables = {"near": make.group(session=meeting), "far": make.group(session=meeting)}
    sits = {"Maya R.": "near", "Noah T.": "near", "Ines K.": "far"}
    students = {
        name: make.student(school=school, display_name=name, email=f"{name[:4]}@school.example") for name in sits
    }
    make.coppa(student=students["Maya R."], birth_year=2015)
    make.consent(student=students["Maya R."])
    seats = {}
    for name, student in students.items():
        seats[name] = make.participant(session=meeting, group=tables[sits[name]], student=student)
        make.transcription(session=meeting, speaker=seats[name], content=f"I am {name}")
        make.insight(session=meeting, applies_to_type="student", applies_to_id=student.pk)
    make.analysis(session=meeting)
    make.message(session=meeting, recipient_id=students["Maya R."].pk)
    make.message(session=meeting, recipient_id=students["Noah T."].pk)
    place = storages[files.RECORDINGS]
    names = {}
    devices: dict[str, dict[str, Any]] = {
        "hers": {"participant": seats["Maya R."], "group": tables["near"]},
        "his": {"participant": seats["Noah T."], "group": tables["near"]},
        "far": {"group": tables["far"]},
        "room": {},
    }
    for which, given in devices.items():
        names[which] = place.save(f"{school.pk}/{which}.opus", ContentFile(b"voice"))
        make.recording(session=meeting, file_path=names[which], **given)
    return Lesson(meeting, students["Maya R."], students["Noah T."], seats, names)


def test_only_one_childs_rows_go(lesson: Lesson) -> None:
    """Words, seat, voice and conclusions of the child; others keep theirs, and what was shared at a far table stays."""
    counted = factory.counted(lesson.maya)
    assert counted.state == RunState.READY
    assert Transcription.objects.count() == 3
    assert counted.numbers["audio.recordings"] | {"kept": {}} == {
        "found": 3, "delete": 3, "blank": 0, "shared": 2, "files": 3, "archived": 0, "kept": {},
    }  # fmt: skip
    run = factory.approved(counted)
    assert (run.state, run.stop) == (RunState.DONE, {})
    assert sorted(Transcription.objects.values_list("content", flat=True)) == ["I am Ines K.", "I am Noah T."]
    assert Participant.objects.count() == 2
    assert Message.objects.count() == 1
    assert not AnalysisResult.objects.exists()
    assert EducationalInsight.objects.count() == 2
    assert ClassroomSession.objects.count() == 1
    place = storages[files.RECORDINGS]
    assert {which: place.exists(name) for which, name in lesson.recordings.items()} == {
        "hers": False, "his": False, "far": True, "room": False,
    }  # fmt: skip
    assert [one.file_path for one in Recording.objects.all()] == [lesson.recordings["far"]]
    maya = Student.objects.get(pk=lesson.maya.pk)
    assert (maya.display_name, maya.email, maya.status) == ("Deleted student", None, "inactive")
    assert Student.objects.get(pk=lesson.noah.pk).display_name == "Noah T."
    assert ParentalConsent.objects.filter(student_id=maya.pk).count() == 1


def test_it_is_completed_only_when_nothing_is_left(lesson: Lesson) -> None:
    """The age record, the request and the log say so, with counts and ids alone."""
    run = factory.done(lesson.maya)
    record = CoppaCompliance.objects.get(student=lesson.maya)
    assert (record.birth_year, record.deletion_requested_at, record.deletion_completed_at) == (None, now(), now())
    request = RightsRequest.objects.get()
    assert (request.outcome, request.closed_at) == (RequestOutcome.FULFILLED, now())
    assert run.cursor == {"archive": {"removed": 0, "held": 0, "files": 0}, "copies": 0}
    told = AuditLog.objects.get(event_type="deletion.completed")
    assert json.loads(told.affected_student_ids or "") == [lesson.maya.pk]
    assert json.loads(told.data_accessed or "")["removed"]["sessions.transcriptions"] == 1
    assert AuditLog.objects.filter(event_type="deletion.started").count() == 1
    assert not any("Maya" in str(one.__dict__) for one in AuditLog.objects.all())
    assert not any(bytes(one.prints) for one in run.segments.all())


def test_what_is_held_stays_and_is_said(school: School, lesson: Lesson) -> None:
    """Partly done, with the number and the ground; taken up again when the hold is released."""
    hold = holds.hold(school, session_id=lesson.meeting.pk)
    run = factory.done(lesson.maya)
    assert (run.state, run.stop["code"]) == (RunState.DONE, "partly")
    assert Transcription.objects.count() == 3
    assert Student.objects.get(pk=lesson.maya.pk).display_name == "Deleted student"
    assert CoppaCompliance.objects.get(student=lesson.maya).deletion_completed_at is None
    request = RightsRequest.objects.get()
    assert request.outcome == RequestOutcome.PARTLY
    assert "stay: A legal hold covers them." in request.answer
    assert AuditLog.objects.filter(event_type="deletion.failed").count() == 1
    hold.released_at = now()
    hold.save()
    assert request in request_page(school="", closed=False, cursor="").rows
    assert factory.done(lesson.maya, request).stop == {}
    assert [one.outcome for one in request_page(school="", closed=True, cursor="").rows] == [RequestOutcome.FULFILLED]
    assert Transcription.objects.count() == 2
    assert CoppaCompliance.objects.get(student=lesson.maya).deletion_completed_at == now()


def test_a_classmate_who_waits_to_see_the_record_keeps_it(lesson: Lesson) -> None:
    """99.10(e): what two children share stays while one of them has asked to see it."""
    requests.request(lesson.noah, RequestKind.SEE)
    run = factory.done(lesson.maya)
    assert run.stop["code"] == "partly"
    assert AnalysisResult.objects.exists()
    assert not Transcription.objects.filter(speaker_id=lesson.seats["Maya R."].pk).exists()


def test_a_file_that_cannot_be_destroyed_keeps_its_row(lesson: Lesson) -> None:
    """The deletion does not call itself completed."""
    recording = Recording.objects.get(file_path=lesson.recordings["hers"])
    make.change(recording, file_path="s3://elsewhere/maya.opus")
    run = factory.done(lesson.maya)
    assert run.stop == {"code": "partly", "held": 0, "files": 1}
    assert run.leftovers.get().code == files.Left.ELSEWHERE
    assert CoppaCompliance.objects.get(student=lesson.maya).deletion_completed_at is None


def test_what_came_after_the_numbers_were_seen_stops_it(lesson: Lesson) -> None:
    """Nobody has approved the new row: nothing of its slice goes, and the log says why."""
    counted = factory.counted(lesson.maya)
    make.transcription(session=lesson.meeting, speaker=lesson.seats["Maya R."])
    run = factory.approved(counted)
    assert (run.state, run.stop["code"]) == (RunState.ABORTED, "grew")
    assert Transcription.objects.count() == 4
    assert AuditLog.objects.filter(event_type="deletion.failed").count() == 1
    assert RightsRequest.objects.get().is_open
    assert factory.done(lesson.maya, RightsRequest.objects.get()).stop == {}


def test_a_second_deletion_finds_nothing(lesson: Lesson) -> None:
    """What is emptied counts as done, and so does what never was there."""
    factory.done(lesson.maya)
    again = factory.counted(lesson.maya)
    assert not again.segments.exists()
    assert factory.approved(again).stop == {}


def test_each_table_does_one_thing_by_each_fate(lesson: Lesson) -> None:
    """A segment is found again by its table and fate."""
    parts = parts_now(lesson.maya.pk)
    for rule in child_rules():
        fates = [task.fate for task in tasks_of(rule, parts)]
        assert len(set(fates)) == len(fates), rule.name
        assert all(list(task.rows[:1]) is not None for task in tasks_of(rule, parts))


def test_the_log_outlives_the_child(lesson: Lesson) -> None:
    """Who looked at the record is the proof of lawful use."""
    row = make.audit_row(school=lesson.meeting.school, resource_type="student", resource_id=lesson.maya.pk)
    factory.done(lesson.maya)
    assert AuditLog.objects.filter(pk=row.pk).exists()


def test_the_archive_is_written_anew(school: School, lesson: Lesson) -> None:
    """What the child said and shared leaves the archive files too; another child's own rows stay in them."""
    tables: dict[str, Any] = {
        "sessions.transcriptions": Transcription,
        "ai_insights.educational_insights": EducationalInsight,
    }
    for model in tables.values():
        archived(school, model)
    counted = factory.counted(lesson.maya)
    assert [counted.numbers[table]["archived"] for table in tables] == [1, 1]
    run = factory.approved(counted)
    assert (run.stop, run.cursor) == ({}, {"archive": {"removed": 2, "held": 0, "files": 0}, "copies": 0})
    there = ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED)
    assert dict(there.values_list("table", "rows")) == dict.fromkeys(tables, 2)


def test_whatever_it_dies_of_it_ends_with_the_same_rows(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before and after each note and each removal, row by row: the next process counts what was done."""
    monkeypatch.setattr(child_running, "SLICE", 1)
    counted = factory.counted(lesson.maya)
    with inside(EVERYTHING):
        approve_deletion(run=counted, by=COLLEAGUE, now=now())
        job = Job.objects.get(kind=RUN_CHILD)
        deaths = 0
        while run_and_die(monkeypatch, job, after=deaths % 3):
            deaths += 1
            assert deaths < 500
    counted.refresh_from_db()
    assert deaths > 10
    assert (counted.state, counted.stop) == (RunState.DONE, {})
    assert sorted(Transcription.objects.values_list("content", flat=True)) == ["I am Ines K.", "I am Noah T."]
    assert [(one.removed, one.gone) for one in counted.segments.all()] == [
        (one.rows, 0) for one in counted.segments.all()
    ]
    assert CoppaCompliance.objects.get(student=lesson.maya).deletion_completed_at == now()


def run_and_die(monkeypatch: pytest.MonkeyPatch, job: Job, *, after: int) -> bool:
    """Work on the job until so many steps are done, then die at the next one; return whether it died."""
    left = [after]

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return step(*args, **kwargs)

        return stepped

    with monkeypatch.context() as patch:
        for name in ("_noted", "_do", "end_segment"):
            patch.setattr(child_running, name, dying(getattr(child_running, name)))
        try:
            while not child_running.run_child_portion(job=job, now=now()).finished:
                pass
        except Killed:
            return True
    return False


class Killed(BaseException):
    """The process is gone."""
