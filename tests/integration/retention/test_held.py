"""What is held of one student: counted by kind."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from classwaves_admin.warehouse.models import AuditLog, School, Student
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import holds, requests

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


@pytest.fixture
def maya(school: School) -> Student:
    """Return a student of the school."""
    return make.student(school=school, display_name="Maya R.")


def numbers(page: str) -> dict[str, tuple[int, int]]:
    """Return how many rows are the student's alone and shared, by the words for the table."""
    rows = re.findall(r'<th scope="row"[^>]*>(.+?)</th>.*?"Alone">([\d,]+)<.*?"Shared">([\d,]+)<', page, re.DOTALL)
    return {re.sub(r"<[^>]+>", "", words).strip(): (int(alone), int(shared)) for words, alone, shared in rows}


def test_what_is_held_is_counted_by_kind(office: Client, school: School, maya: Student) -> None:
    """Own turns and rows of the whole group apart, the other child's own not at all; the look is in the log."""
    meeting = make.session(school=school)
    table = make.group(session=meeting)
    ours, theirs = (
        make.participant(session=meeting, group=table, student=one) for one in (maya, make.student(school=school))
    )
    for seat in (ours, ours, theirs):
        make.transcription(session=meeting, speaker=seat)
    make.recording(session=meeting, group=table)
    make.recording(session=meeting, group=make.group(session=meeting))
    make.analysis(session=meeting)
    make.message(session=meeting, sender_id=theirs.pk, recipient_id=table.pk)
    page = office.get(f"/students/{maya.pk}/held/").content.decode()
    found = numbers(page)
    assert (found["Transcripts"], found["Recordings"], found["Messages"]) == ((2, 0), (0, 1), (0, 1))
    assert (found["Classroom sessions"], found["Analysis results"], found["Students"]) == ((0, 1), (0, 1), (1, 0))
    assert "legal hold" not in page
    delivery.deliver()
    seen = AuditLog.objects.get(event_type="student.viewed", data_accessed__contains="held")
    assert (seen.resource_id, seen.affected_student_ids) == (maya.pk, f'["{maya.pk}"]')


def test_what_keeps_rows_past_their_days_is_said(office: Client, school: School, maya: Student) -> None:
    """An open request of the student, and a hold on a session that the student took part in, not on another."""
    elsewhere, there = make.session(school=school), make.session(school=school)
    make.participant(session=there, student=maya)
    holds.hold(school, session_id=elsewhere.pk)
    address = f"/students/{maya.pk}/held/"
    page = office.get(address).content.decode()
    assert "legal hold" not in page
    assert "99.10(e)" not in page
    holds.hold(school, session_id=there.pk)
    requests.request(maya)
    page = office.get(address).content.decode()
    assert "A legal hold covers" in page
    assert "99.10(e)" in page
