"""What the portal calls gone is gone: rows that other services wrote in ways that nobody expects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classwaves_admin.jobs import running
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import (
    ApiMetric,
    CoppaCompliance,
    Message,
    NotificationQueue,
    Participant,
    School,
    Transcription,
)
from classwaves_admin.warehouse.physical.kinds import State, Step
from retention.actions import child_ending, physical
from retention.actions.destroying import Look
from retention.archive.ending import end_archives
from retention.models import ArchiveFile, ArchiveState, Run, RunState
from retention.rules.prints import prints_of, told_apart
from tests.factories import catalog as make
from tests.factories import deletions, families, holds, runs
from tests.factories.queued_mails import notice
from tests.integration.retention.archives import archived
from tests.integration.retention.test_nights import night

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


def test_messages_without_a_session_go_in_their_time(school: School) -> None:
    """By the policy of the school whose people they name; those of another school stay."""
    elsewhere = make.school(domain="hill.example")
    for home in (school, elsewhere):
        for days in (500, 5):
            direct_message(sender_id=make.student(school=home).pk, **aged(days))
            direct_message(recipient_id=make.teacher(school=home).pk, **aged(days))
            make.message(session=make.session(school=home, **aged(days)), **aged(days))
    run = runs.done(school, kind=Retention.MESSAGES)
    assert (run.state, run.numbers["communication.messages"]["delete"]) == (RunState.DONE, 3)
    assert Message.objects.count() == 9


def test_mails_to_guardians_and_staff_go_in_their_time(school: School) -> None:
    """They name the guardian, of whom the catalog knows nothing, or a person who signs in here."""
    for home in (school, make.school(domain="hill.example")):
        child, teacher = make.student(school=home), make.teacher(school=home)
        parent = families.guardian(child, email=f"parent@{home.domain}")
        for days in (500, 5):
            notice(parent.pk, parent.email, **aged(days))
            notice(new_id(), teacher.email, **aged(days))
            notice(child.pk, "someone@home.example", **aged(days))
    run = runs.done(school, kind=Retention.NOTIFICATIONS)
    assert (run.state, run.numbers["notifications.notification_queue"]["delete"]) == (RunState.DONE, 3)
    assert NotificationQueue.objects.count() == 9


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_parts_of_an_impossible_day_are_archived_with_their_session(school: School, moment: datetime) -> None:
    """Programs write the first or the last moment that they know for "none"; it stops no run and no archive."""
    days = {"archive_after_days": 100, "retention_days": 200, "delete_after_days": 300}
    make.retention_policy(school=school, policy_type="session_records", **days)
    meeting = make.session(school=school, **aged(150))
    make.transcription(session=meeting, created_at=moment)
    run = runs.done(school, kind=Retention.SESSION_RECORDS)
    assert run.state == RunState.DONE
    assert not Transcription.objects.exists()
    end_archives(by=runs.BY, now=now())
    assert ArchiveFile.objects.filter(table="sessions.transcriptions", state="kept").exists() is (moment.year > 1)


def test_a_night_does_not_wait_for_a_count_that_nobody_approves(school: School) -> None:
    """Somebody has looked what a run by hand would take, and forgotten it: the policy still holds."""
    make.retention_policy(school=school)
    make.transcription(session=make.session(school=school), **aged(500))
    counted = runs.run(school)
    night()
    assert not Transcription.objects.exists()
    run = runs.approved(counted)
    assert (run.state, run.segments.get().removed, run.segments.get().gone) == (RunState.DONE, 0, 1)


def test_two_rows_with_one_id_count_as_two() -> None:
    """An engine without keys may have them; both go, and no number falls below zero."""
    look = Look(told_apart(prints_of(["one", "two"])), [], (), "")
    assert look.going([("one",), ("one",)]) == ["one", "one"]
    assert (look.seen, look.found) == (2, 1)


def test_what_reaches_the_archive_meanwhile_leaves_it_too(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a policy had read a turn of the child before it was deleted, and archives it: it is read again."""
    child = make.student(school=school)
    meeting = make.session(school=school)
    seat = make.participant(session=meeting, student=child)
    copies = child_ending._erase_copies

    def late(run: Run, at: datetime) -> int:
        make.transcription(session=meeting, speaker=seat)
        archived(school, Transcription)
        return copies(run, at)

    monkeypatch.setattr(child_ending, "_erase_copies", late)
    run = deletions.done(child)
    assert (run.state, run.stop, run.cursor["archive"]["removed"]) == (RunState.DONE, {}, 1)
    assert not ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED).exists()


def test_the_portals_own_copies_go_off_the_disk(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of the portal that held a child's name are written anew as well: PostgreSQL goes by table."""
    asked: dict[str, list[str]] = {}

    def step(alias: str, tables: list[str], state: State, *, now: datetime) -> Step:
        asked[alias] = tables
        return Step(state, removed=True)

    deletions.done(make.student(school=school))
    monkeypatch.setattr("retention.actions.physical.steps.step", step)
    job = physical.start_physical(by=runs.BY, now=now())
    assert job
    while running.run(job.pk):
        pass
    assert {"django_session", "consent_rosterchange", "retention_run", "outbox_outboxentry"} <= set(asked["default"])
    assert "users.students" in asked["warehouse"]
