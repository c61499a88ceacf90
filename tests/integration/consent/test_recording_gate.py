"""The recording gate: one function, a command, two pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.schools.values import value
from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.queries.gate import Wanted, session_gate, session_page
from consent.rules.overview import Standing
from consent.rules.session_gate import Bar
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
S, A, AI = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI


@pytest.fixture
def meeting(school: School) -> ClassroomSession:
    """Return a session of the school without anybody in it."""
    return make.session(school=school, title="Rivers and sand")


def seated(meeting: ClassroomSession, number: int, *students: Student) -> Any:
    """Save a group with these students."""
    group = make.group(session=meeting, group_number=number, name=f"Table {number}")
    for student in students:
        make.participant(session=meeting, group=group, student=student)
    return group


def permitted(school: School, **given: Any) -> Student:
    """Save a student who may be recorded and analysed. The flags say nothing of it."""
    student = make.student(school=school, **given)
    families.consents(student, S, A, AI)
    return student


def answers(meeting: ClassroomSession) -> Mapping[str, tuple[bool, bool]]:
    """Return what the gate says of each group by name."""
    judged = session_gate(meeting.id, now())
    return {judged.names[one.group_id]: (one.may_record, one.may_analyse) for one in judged.gate.groups}


def test_each_group_by_its_own_members(school: School, meeting: ClassroomSession) -> None:
    """One child's no is the group's and nobody else's; a group that nobody sits in is not recorded."""
    seated(meeting, 1, permitted(school), permitted(school))
    quiet = make.student(school=school)
    families.consents(quiet, S)
    families.consents(quiet, A, consent_given=False, verified_at=None)
    seated(meeting, 2, permitted(school), quiet)
    recorded_only = make.student(school=school)
    families.consents(recorded_only, S, A)
    seated(meeting, 3, recorded_only)
    seated(meeting, 4)
    assert answers(meeting) == {
        "Table 1": (True, True),
        "Table 2": (False, False),
        "Table 3": (True, False),
        "Table 4": (False, False),
    }
    gate = session_gate(meeting.id, now()).gate
    (barring,) = gate.groups[1].blocking
    assert (barring.seat.student_id, barring.bars_recording) == (quiet.id, Standing.REFUSED)
    assert gate.groups[2].members[0].bars_analysis is Standing.NOT_ASKED
    assert not gate.all_may_record


def test_flags_alone_open_nothing(school: School, meeting: ClassroomSession) -> None:
    """A student whose flags are all up, without a consent on record, keeps the group from being recorded."""
    flagged = make.student(
        school=school, has_parental_consent=True, audio_recording_consent=True, data_sharing_consent=True
    )
    seated(meeting, 1, flagged)
    assert answers(meeting) == {"Table 1": (False, False)}


def test_whoever_is_not_a_student_of_the_school_bars_the_group(school: School, meeting: ClassroomSession) -> None:
    """A guest, a row that is gone, another school's student and one who left: fail-safe, each with its reason."""
    elsewhere = make.school()
    stranger = permitted(elsewhere, display_name="Xanthe W.")
    left = permitted(school, status="inactive")
    group = seated(meeting, 1, permitted(school), stranger, left)
    make.participant(session=meeting, group=group, student_id="student-who-is-gone", display_name="Gone")
    make.participant(session=meeting, group=group, student_id=None, display_name="A guest")
    judged = session_gate(meeting.id, now())
    reasons = {judged.names[one.seat.participant_id]: one.bars_recording for one in judged.gate.groups[0].blocking}
    assert reasons == {
        "Xanthe W.": Bar.UNKNOWN_STUDENT,  # what the session called them; the other school's row is not read
        left.display_name: Bar.NOT_ENROLLED,
        "Gone": Bar.UNKNOWN_STUDENT,
        "A guest": Bar.NO_STUDENT,
    }


def test_a_group_of_another_session_is_no_group(school: School, meeting: ClassroomSession) -> None:
    """A participant whose group belongs elsewhere, or to nothing, sits in none."""
    other = make.group(session=make.session(school=school))
    make.participant(session=meeting, group=other, student=permitted(school))
    make.participant(session=meeting, group=None, student=permitted(school))
    gate = session_gate(meeting.id, now()).gate
    assert [one.bars_recording for one in gate.ungrouped] == [Bar.NO_GROUP] * 2
    assert not gate.all_may_record


def test_three_queries_for_one_session_and_for_twenty(school: School) -> None:
    """As many queries to the warehouse for a page of sessions as for one, whatever sits in them."""
    for number in range(20):
        lesson = make.session(school=school, title=f"Lesson {number}")
        seated(lesson, 1, permitted(school), permitted(school))
    value(school.id, "gate.strict_audio")  # what the school has decided is remembered
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        part = session_page(Wanted(), cursor="", now=now())
    assert len(part.rows) == 20
    assert all(row.gate.all_may_record for row in part.rows)
    assert len(asked) == 3
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        assert session_gate(part.rows[0].session.id, now()).gate.all_may_record
    assert len(asked) == 3


def test_a_session_whose_teacher_is_gone_is_listed(school: School) -> None:
    """Other services may leave a session without its teacher's row."""
    make.session(school=school, teacher_id="teacher-who-is-gone")
    with inside(Scope((school.id,))):
        (row,) = session_page(Wanted(), cursor="", now=now()).rows
    assert row.names == {}


def asked(meeting: ClassroomSession | str, *options: str) -> tuple[int, str]:
    """Run the command and return its exit code and what it printed."""
    out = StringIO()
    name = meeting if isinstance(meeting, str) else meeting.id
    try:
        call_command("recording_gate", name, *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_the_command_answers_by_its_exit_code(school: School, meeting: ClassroomSession) -> None:
    """0: all may. 3: some may not. 2: no such session."""
    assert asked(meeting) == (3, "no groups: nothing may be recorded\n")
    group = seated(meeting, 1, permitted(school, display_name="Ana Lopez"))
    assert asked(meeting) == (0, f"group {group.id}: record yes, analyse yes, 1 in it\n")
    silent = make.student(school=school, display_name="Ben Ito")
    make.participant(session=meeting, group=group, student=silent)
    code, table = asked(meeting)
    assert code == 3
    assert f"not_asked        {silent.id}" in table
    assert "Ito" not in table
    assert "Ito" in asked(meeting, "--names")[1]
    assert asked("no-such-session") == (2, "There is no such session.")


def test_the_command_says_when_the_catalog_does_not_answer(
    meeting: ClassroomSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4, and a sentence: whoever does not know records nothing."""

    def asleep(*args: Any) -> None:
        raise OperationalError("asleep")

    monkeypatch.setattr("consent.management.commands.recording_gate.session_gate", asleep)
    assert asked(meeting)[0] == 4


def test_the_command_prints_the_answer_of_the_interface(school: School, meeting: ClassroomSession) -> None:
    """JSON with ids and codes, no name, and the look is audited."""
    child = permitted(school, display_name="Ana Lopez")
    group = seated(meeting, 1, child)
    make.participant(session=meeting, student_id=None, display_name="A guest")
    code, text = asked(meeting, "--json")
    answer = json.loads(text)
    assert code == 3
    assert answer["groups"] == [
        {
            "group_id": group.id,
            "participants": 1,
            "may_record": True,
            "may_analyse": True,
            "recording_barred_by": [],
            "analysis_barred_by": [],
        }
    ]
    assert [(one["student_id"], one["reason"]) for one in answer["ungrouped"]] == [(None, "no_student")]
    assert answer["may_record"] is False
    assert "Lopez" not in text
    delivery.deliver()
    row = AuditLog.objects.get(event_type="student.searched")
    assert (row.session_id, row.affected_student_ids) == (meeting.id, json.dumps([child.id]))


def browser(role: str, school: School) -> Client:
    """Return a browser of somebody of the school."""
    client = Client()
    client.force_login(people.staff(role, school=school, email=f"{role}@harbour.example")[0])
    return client


def test_the_office_sees_why_and_a_teacher_yes_or_no(school: School, meeting: ClassroomSession) -> None:
    """Names for both; reasons and the link to the student for the office alone."""
    child = make.student(school=school, display_name="Ana Lopez")
    families.consents(child, S)
    families.consents(child, A, consent_given=False, verified_at=None)
    seated(meeting, 1, child)
    address, link = reverse("session-gate", args=[meeting.id]), reverse("student-detail", args=[child.id])
    office = browser("admin", school).get(address).content.decode()
    assert "Ana Lopez" in office
    assert "Refused" in office
    assert link in office
    teacher = browser("teacher", school).get(address).content.decode()
    assert "Ana Lopez" in teacher
    assert "Refused" not in teacher
    assert link not in teacher
    assert "May not be recorded" in teacher


def test_the_office_asks_the_guardians_of_a_class(school: School, meeting: ClassroomSession) -> None:
    """One button leads to the numbers about whoever sits there and is enrolled, each once; a teacher has none."""
    first, second = make.student(school=school), make.student(school=school)
    left = make.student(school=school, status="inactive")
    for child in (first, second, left):
        families.guardian(child)
    make.student(school=school)
    seated(meeting, 1, first, left)
    seated(meeting, 2, second, first)
    address = reverse("session-gate", args=[meeting.id])
    assert "Ask guardians" not in browser("teacher", school).get(address).content.decode()
    office = browser("admin", school)
    page = office.get(address)
    assert "Ask guardians" in page.content.decode()
    sent = {"next": page.context["here"], "student": page.context["judged"].gate.enrolled_ids}
    numbers = office.post(reverse("student-ask"), sent)
    assert (numbers.context["preview"].students, numbers.context["preview"].mails) == (2, 2)
    assert numbers.context["back"] == address


def test_a_session_of_guests_has_nobody_to_ask(school: School, meeting: ClassroomSession) -> None:
    """Without a student of the school the page offers no button."""
    make.participant(session=meeting, student_id=None, display_name="A guest")
    page = browser("admin", school).get(reverse("session-gate", args=[meeting.id])).content.decode()
    assert "Ask guardians" not in page


def test_the_list_leads_to_the_session_and_pages_by_keyset(school: School) -> None:
    """By start, newest first, twenty a page, with how many groups may be recorded; a cursor of nobody leads back."""
    for number in (20, *range(1, 20)):  # made in another order; every second one has begun
        start = now() + timedelta(hours=number)
        known = {"actual_start": start} if number % 2 else {"actual_start": None, "scheduled_start": start}
        seated(make.session(school=school, title=f"Lesson {number:02}", **known), 1, permitted(school))
    make.session(school=school, title="Lesson 00", actual_start=None)  # not planned: it stands where it was made
    client = browser("teacher", school)
    first = client.get(reverse("session-list"))
    assert [row.session.title for row in first.context["rows"]] == [f"Lesson {n:02}" for n in range(20, 0, -1)]
    assert b"All groups" in first.content
    second = client.get(first.context["next_url"])
    assert [row.session.title for row in second.context["rows"]] == ["Lesson 00"]
    assert client.get(reverse("session-list"), {"cursor": "nonsense"}).status_code == 302


def test_an_empty_list_says_what_comes_next(school: School) -> None:
    """A school before its first lesson."""
    assert b"No sessions yet" in browser("admin", school).get(reverse("session-list")).content
