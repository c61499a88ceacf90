"""What is held of one student: counted by kind."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, Participant, Recording, School, Student
from classwaves_admin.warehouse.outbox import delivery
from retention.files import RECORDINGS
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


SOUND = b"RIFF" + bytes(range(100))


@pytest.fixture
def recording(school: School, maya: Student) -> Recording:
    """Return a recording of a table at which Maya sat alone, with its file."""
    meeting = make.session(school=school, total_students=2)
    table = make.group(session=meeting, current_size=1)
    make.participant(session=meeting, group=table, student=maya)
    make.participant(session=meeting, group=make.group(session=meeting), student=make.student(school=school))
    path = storages[RECORDINGS].save("lesson/Maya.wav", ContentFile(SOUND))
    return make.recording(session=meeting, group=table, file_path=path, format="wav")


def plays(student: Student) -> int:
    """Return how often the log says that a recording was played."""
    delivery.deliver()
    return AuditLog.objects.filter(event_type="audio.played", affected_student_ids=f'["{student.pk}"]').count()


def test_a_recording_of_the_student_alone_is_played(office: Client, maya: Student, recording: Recording) -> None:
    """From the page with the consents of that time; in parts as players ask, logged each time it is begun."""
    early, late = now() - timedelta(days=9), now() + timedelta(days=9)
    make.consent(student=maya, consent_type="audio_recording", relationship="mother", consent_date=early)
    make.consent(student=maya, relationship="father", consent_date=early, revoked_at=early)
    make.consent(student=maya, relationship="stepparent", consent_date=late)
    address = f"/students/{maya.pk}/held/audio.recordings/{recording.pk}/"
    page = office.get(address).content.decode()
    assert f'src="{address}sound"' in page
    assert "Mother" in page
    assert not any(word in page for word in ("Father", "Stepparent", "Maya.wav"))
    whole = office.get(f"{address}sound")
    assert (whole.status_code, whole.getvalue(), whole["Content-Type"]) == (200, SOUND, "audio/wav")
    assert "no-store" in whole["Cache-Control"]
    assert "Maya" not in whole["Content-Disposition"]
    part = office.get(f"{address}sound", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, SOUND[10:20], "bytes 10-19/104")
    assert office.get(f"{address}sound", headers={"range": "bytes=104-"}).status_code == 416
    assert office.head(f"{address}sound").status_code == 200
    assert plays(maya) == 1


def test_a_recording_is_not_heard_from_its_second_byte_unseen(
    office: Client, maya: Student, recording: Recording
) -> None:
    """Who asks for all but the beginning has played it, too: once a sign-in, however many parts a player asks for."""
    address = f"/students/{maya.pk}/held/audio.recordings/{recording.pk}/sound"
    for part in ("bytes=1-", "bytes=50-60", "bytes=-20"):
        assert office.get(address, headers={"range": part}).status_code == 206
    assert plays(maya) == 1


def test_a_recording_with_others_in_it_is_not_played(office: Client, maya: Student, recording: Recording) -> None:
    """Once another child sits at the table the page says so, and the sound is not there, nor where the file is gone."""
    address = f"/students/{maya.pk}/held/audio.recordings/{recording.pk}/"
    with system_scope(reason="test"):
        other = make.participant(session=recording.session, group=recording.group, student=make.student())
    assert "It is also about 1 other student of the group" in office.get(address).content.decode()
    assert office.get(f"{address}sound").status_code == 404
    make.removed(other)
    storages[RECORDINGS].delete(recording.file_path)
    assert "not in the portal’s own storage" in office.get(address).content.decode()
    assert office.get(f"{address}sound").status_code == 404
    make.change(recording, file_path="../../etc/passwd")
    assert office.get(f"{address}sound").status_code == 404
    assert plays(maya) == 0


def test_a_session_shows_what_is_held_of_it_and_whose_part_can_be_opened(
    office: Client, school: School, maya: Student, recording: Recording
) -> None:
    """Numbers, names of the school's own students, and the way to each one's own part; no words of anybody."""
    meeting = recording.session_id
    with system_scope(reason="test"):
        seat = Participant.objects.get(student=maya)
    make.transcription(speaker=seat, content="I counted eleven lighthouses")
    make.transcription(speaker=seat)
    page = office.get(f"/sessions/{meeting}/held/").content.decode()
    assert f"/sessions/{meeting}/held/" in office.get(f"/sessions/{meeting}/recording-gate/").content.decode()
    found = dict(re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="cw-column-number">(\d+)</td>', page))
    assert (found["Transcripts"], found["Recordings"], found["Parts taken in sessions"]) == ("2", "1", "2")
    assert "lighthouses" not in page
    own = f"/students/{maya.pk}/held/sessions.transcriptions/?session={meeting}"
    assert own in page
    make.transcription(speaker=make.participant(session=make.session(school=school), student=maya))
    assert office.get(own).content.decode().count(">Open<") == 2
    assert office.get(f"/students/{maya.pk}/held/users.students/?session={meeting}").status_code == 200
