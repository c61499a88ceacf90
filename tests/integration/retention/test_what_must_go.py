"""What the portal calls gone is gone: rows that other services wrote in ways that nobody expects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import ApiMetric, CoppaCompliance, Message, Participant, School, Transcription
from retention.models import RunState
from tests.factories import catalog as make
from tests.factories import deletions, holds

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def aged(days: int) -> dict[str, Any]:
    """Return the moment of a row that is so many days old."""
    return {"created_at": now() - timedelta(days=days)}


def direct_message(**given: Any) -> Message:
    """Save a message that belongs to no session."""
    row = make.message(**given)
    make.change(row, session_id=None)
    return row


def test_a_childs_rows_without_a_session_go(school: School) -> None:
    """Direct messages, words and seats of a session that is gone, calls without a school: no scope shows them."""
    child, other = make.student(school=school), make.student(school=school)
    make.coppa(student=child)
    meeting = make.session(school=school)
    for one in (child, other):
        direct_message(sender_id=one.pk)
        make.transcription(session=meeting, speaker=make.participant(session=meeting, student=one))
        call = ApiMetric(
            user_id=one.pk, endpoint="/", method="GET", response_time_ms=1, status_code=200, timestamp=now()
        )
        with guard.writing():
            call.save(force_insert=True)
    make.removed(meeting)
    run = deletions.done(child)
    assert (run.state, run.stop) == (RunState.DONE, {})
    assert [seat.student_id for seat in Participant.objects.all()] == [other.pk]
    assert [turn.speaker_id for turn in Transcription.objects.all()] == [Participant.objects.get().pk]
    assert [message.sender_id for message in Message.objects.all()] == [other.pk]
    assert [call.user_id for call in ApiMetric.objects.all()] == [other.pk]
    assert CoppaCompliance.objects.get().deletion_completed_at


def test_a_childs_rows_without_a_session_stay_on_hold(school: School) -> None:
    """A hold on the child covers them as it covers the others."""
    child = make.student(school=school)
    meeting = make.session(school=school)
    make.transcription(session=meeting, speaker=make.participant(session=meeting, student=child))
    direct_message(sender_id=child.pk)
    make.removed(meeting)
    holds.hold(school, student_id=child.pk)
    run = deletions.done(child)
    assert run.stop["code"] == "partly"
    assert Transcription.objects.count() == Message.objects.count() == Participant.objects.count() == 1


def test_rows_of_another_school_without_a_session_are_not_touched(school: School) -> None:
    """Ids of two schools may collide: a child's own id leads to rows of no school, and to none of another one."""
    child = make.student(school=school)
    elsewhere = make.session(school=make.school(domain="hill.example"))
    make.message(session=elsewhere, sender_id=child.pk)
    deletions.done(child)
    assert Message.objects.count() == 1
