"""Legal holds: what they cover, who releases them, what the log says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, Participant, School, Student, Transcription
from retention.models import LegalHold
from retention.queries.due import count_of, with_clock
from retention.queries.holds import holds_of
from retention.queries.kept import kept_at
from retention.rules.changes import Count
from retention.schedule import SCHEDULE, rule_of
from tests.factories import catalog as make
from tests.factories import holds as factory
from tests.factories import people

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
GONE = Periods(None, 1, 1)


def counted(school: School, model: Any = Transcription) -> Count:
    """Return what a policy of one day would do to a table of the school."""
    return count_of(rule_of(model), school.pk, before=GONE, after=GONE, kept=kept_at(school.pk), now=now())


@pytest.fixture
def lesson(school: School) -> tuple[ClassroomSession, Student]:
    """Return a lesson of long ago in which two children spoke, one of them twice."""
    meeting = make.session(school=school, created_at=now() - timedelta(days=100))
    maya, noah = (make.student(school=school, display_name=name) for name in ("Maya R.", "Noah T."))
    seats = [make.participant(session=meeting, student=one) for one in (maya, noah)]
    for speaker, days in ((seats[0], 90), (seats[0], 10), (seats[1], 90)):
        make.transcription(session=meeting, speaker_id=speaker.pk, created_at=now() - timedelta(days=days))
    return meeting, maya


def test_a_hold_on_a_school_keeps_everything(school: School, lesson: tuple[ClassroomSession, Student]) -> None:
    """Nothing is to be deleted, and the numbers say how many rows stay for it."""
    assert counted(school).delete[0] == 3
    factory.hold(school)
    count = counted(school)
    assert (count.delete[0], list(count.kept.values())) == (0, [3])
    factory.hold(make.school(domain="hill.example"))
    assert counted(school).kept == count.kept


def test_a_hold_on_a_child_keeps_all_that_tells_of_it(school: School, lesson: tuple[ClassroomSession, Student]) -> None:
    """The child's words, the seat, and the session and groups that other children share."""
    maya = lesson[1]
    factory.hold(school, student_id=maya.pk)
    assert counted(school).delete[0] == 1
    assert list(counted(school, Participant).kept.values()) == [1]
    assert counted(school, ClassroomSession).delete[0] == 0


def test_a_hold_takes_all_that_is_named_together(school: School, lesson: tuple[ClassroomSession, Student]) -> None:
    """Child, session and days narrow a hold; a row has to fit all of them."""
    meeting, maya = lesson
    factory.hold(school, student_id=maya.pk, session_id=meeting.pk, since=now() - timedelta(days=20))
    assert counted(school).delete[0] == 2
    factory.hold(school, until=now() - timedelta(days=50), session_id="another")
    assert counted(school).delete[0] == 2


@pytest.mark.parametrize("rule", [rule for rule in SCHEDULE if rule.clock], ids=lambda rule: rule.name)
def test_every_table_can_be_asked_for_its_held_rows(
    school: School, lesson: tuple[ClassroomSession, Student], rule: Any
) -> None:
    """Whatever a hold names, each table answers, also where it does not know of such a thing."""
    factory.hold(school, student_id=lesson[1].pk, session_id=lesson[0].pk, since=now(), until=now())
    factory.hold(school, session_id="x", until=now() - timedelta(days=9))
    condition = holds_of(school.pk).rows(rule)
    assert condition is not None
    assert list(with_clock(rule, rule.model._default_manager.all()).filter(condition)) == []


def test_two_people_release_a_hold(
    office: Client, colleague: Client, school: School, frozen_now: time_machine.Traveller
) -> None:
    """Neither the one who asked nor anybody on the same day; every step is in the log without the reason."""
    office.post("/holds/new/", {"school": school.pk, "reason": "Letter of counsel"})
    hold = LegalHold.objects.get()
    address = f"/holds/{hold.pk}/"
    people.confirmed(office).post(f"{address}release/")
    office.post(f"{address}ask/", {"reason": "The case is closed"})
    people.confirmed(colleague).post(f"{address}release/")
    hold.refresh_from_db()
    assert hold.released_at is None
    frozen_now.shift(timedelta(days=4))
    for client, email in ((office, "rivera@harbour.example"), (colleague, "okafor@harbour.example")):
        client.force_login(User.objects.get(email=email))
        people.confirmed(client)
    page = office.post(f"{address}release/", follow=True).content.decode()
    assert "Another administrator has to confirm" in page
    assert "Release the hold" in colleague.get(address).content.decode()
    colleague.post(f"{address}release/")
    hold.refresh_from_db()
    assert (hold.released_by, hold.released_at) != (hold.placed_by, None)
    events = AuditLog.objects.filter(event_type__startswith="hold.").order_by("event_timestamp", "id")
    assert [one.event_type for one in events] == ["hold.placed", "hold.release_asked", "hold.released"]
    assert not any("counsel" in str(one.__dict__) or "closed" in str(one.__dict__) for one in events)
    assert not holds_of(school.pk).holds


def test_a_release_can_be_taken_back(office: Client, school: School) -> None:
    """Second thoughts keep the hold, and the next release starts anew."""
    hold = factory.hold(school)
    for step in ("ask/", "keep/", "keep/"):
        office.post(f"/holds/{hold.pk}/{step}", {"reason": "closed"})
    hold.refresh_from_db()
    assert (hold.release_asked_at, hold.release_reason) == (None, "")
    assert AuditLog.objects.filter(event_type="hold.kept").count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"reason": " "}, "This field is required."),
        ({"session": "none"}, "The school has no such session."),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "The last day is before the first one."),
        ({"since": "soon"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_held_is_said_at_the_field(
    office: Client, school: School, typed: dict[str, str], words: str
) -> None:
    """Nothing is placed, and what was typed is still there."""
    answer = office.post("/holds/new/", {"school": school.pk, "reason": "Letter"} | typed)
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert not LegalHold.objects.exists()


def test_the_last_day_is_held_too(office: Client, school: School) -> None:
    """Days are those of the school: the hold ends with the midnight after the last one."""
    office.post("/holds/new/", {"school": school.pk, "reason": "x", "since": "2026-05-01", "until": "2026-05-01"})
    hold = LegalHold.objects.get()
    assert hold.since
    assert hold.until
    assert hold.until - hold.since == timedelta(days=1)


def test_a_hold_on_a_student_is_placed_from_the_students_page(office: Client, school: School) -> None:
    """The page is read of, and the hold is in force; another school's student does not exist."""
    maya = make.student(school=school, display_name="Maya R.")
    assert f"/holds/new/{maya.pk}/" in office.get(f"/students/{maya.pk}/").content.decode()
    office.post(f"/holds/new/{maya.pk}/", {"school": school.pk, "reason": "x"})
    assert LegalHold.objects.get().student_id == maya.pk
    assert "Maya R." in office.get("/holds/").content.decode()
    other = make.student(school=make.school(domain="hill.example"))
    assert office.get(f"/holds/new/{other.pk}/").status_code == 404
