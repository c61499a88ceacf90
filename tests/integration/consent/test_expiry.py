"""The end of a consent: asked again before it, flags that fall at it, one event after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.expire import note_ended
from consent.actions.remind import remind_waiting
from consent.actions.renew import ask_again
from consent.models import BlockedRenewal, Guardian, Guardianship, Invitation, NotedEnd
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import consents_of, facts_of
from consent.queries.worklist import worklist
from consent.rules.gate import may_record
from consent.rules.worklist import Matter
from consent.tasks import expire, renew
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
BY = system("test")
MORNING = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    """Begin at ten o'clock in New York."""
    with time_machine.travel(MORNING, tick=True):
        yield


def days_later(days: float) -> time_machine.travel:
    """Move the clock from the first morning on."""
    return time_machine.travel(MORNING + timedelta(days=days), tick=True)


def consenting(school: School, *children: Student, language: str = "en") -> Parent:
    """Return a guardian who has answered for these children and confirmed it."""
    parent = Parent(families.guardian(*children, language=language))
    ask(school, *children)
    parent.answer(parent.link(), answers_for(*children, third_party="no"))
    parent.post(parent.link("/c/v/"), {})
    return parent


def ended() -> int:
    """Note what has ended at this moment."""
    return note_ended(by=BY, now=clock.now())


def recordable(child: Student) -> bool:
    """Tell whether the gate is open."""
    facts = facts_of(consents_of([child.id])[child.id])
    return may_record(facts, circumstances_of({child.id: child.school_id}, clock.now())[child.id], clock.now())


def events(name: str = "consent.expired") -> list[AuditLog]:
    """Return the audit events of a name, oldest first."""
    return list(AuditLog.objects.filter(event_type=name).order_by("event_timestamp", "id"))


def test_flags_fall_when_a_consent_ends_and_the_log_says_so_once(school: School, child: Student) -> None:
    """The gate closes with the second; flags and the age record's limits follow; a second run changes nothing."""
    consenting(school, child)
    assert reloaded(child).audio_recording_consent
    with days_later(364):
        assert ended() == 0
        assert recordable(child)
    with days_later(365.1):
        assert not recordable(child)
        assert ended() == 3
        assert ended() == 0
    student = reloaded(child)
    assert (student.has_parental_consent, student.consent_date, student.audio_recording_consent) == (False, None, False)
    assert CoppaCompliance.objects.get(student_id=child.id).data_collection_limited
    (event,) = events()
    data = json.loads(event.data_accessed or "")
    assert data["types"] == ["ai_analysis", "audio_recording", "service_collection_use"]
    assert len(data["consents"]) == 3
    assert event.affected_student_ids == json.dumps([child.id])


def test_flags_are_written_before_the_note_and_the_event(school: School, child: Student) -> None:
    """Whoever reads the catalog in between sees a flag too few, never one too many."""
    families.consents(child, expires_at=clock.now() - timedelta(hours=1))
    order: list[str] = []
    plain = OutboxEntry.objects.bulk_create

    def noting(entries: list[OutboxEntry], **options: object) -> object:
        order.extend(entry.table for entry in entries)
        return plain(entries, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutboxEntry.objects, "bulk_create", noting)
        ended()
    assert order[0] in {"users.students", "compliance.coppa_compliance"}
    assert order[-1] == "compliance.audit_log"


def test_rows_of_other_services_end_alike(school: School, child: Student) -> None:
    """Nobody of the roster is behind such a row; the flags fall all the same, each row is told once."""
    rows = families.consents(child, expires_at=clock.now() - timedelta(days=1))
    assert ended() == len(rows) == 2
    assert ended() == 0
    assert json.loads(events()[0].data_accessed or "")["consents"] == sorted(row.id for row in rows)


def test_a_row_that_another_service_writes_late_is_told_too(school: School, child: Student) -> None:
    """A row that ended a year before the newest note, and came after it, as with a school that joins late."""
    other = make.student(school=school)
    families.consents(other, ConsentType.SERVICE, expires_at=clock.now() - timedelta(hours=1))
    ended()
    families.consents(child, ConsentType.SERVICE, expires_at=clock.now() - timedelta(days=400))
    assert ended() == 1
    assert [one.resource_id for one in events()] == [other.id, child.id]


@pytest.mark.parametrize("given", [{"consent_given": False}, {"verified_at": None}, {"revoked_at": MORNING}])
def test_what_was_not_in_force_does_not_end(school: School, child: Student, given: dict[str, object]) -> None:
    """A refusal, an unverified answer and a consent that was taken back have no end to tell of."""
    families.consents(child, expires_at=clock.now() - timedelta(days=1), **given)
    assert ended() == 0
    assert not events()
    assert not NotedEnd.objects.exists()


def test_a_consent_that_another_guardians_carries_on_keeps_the_flags(school: School, child: Student) -> None:
    """The end is told; what rests on the other guardian's consent stands."""
    consenting(school, child)
    families.consents(child, expires_at=clock.now() - timedelta(days=1))
    assert ended() == 2
    assert reloaded(child).audio_recording_consent
    assert recordable(child)


def test_the_row_itself_stays_as_it_is(school: School, child: Student) -> None:
    """History is append-only: an end is no withdrawal."""
    (row, _) = families.consents(child, expires_at=clock.now() - timedelta(days=1))
    expire()
    assert ParentalConsent.objects.get(pk=row.pk).revoked_at is None


def asked_again() -> int:
    """Ask again whose consents end soon, and send the mails."""
    return ask_again(by=BY, now=clock.now())


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_guardian_is_asked_again_thirty_days_before_and_reminded_at_seven(
    school: School, child: Student, language: str
) -> None:
    """One request for all siblings with the notice in full, one reminder of it; the old consents stand meanwhile."""
    twin = make.student(school=school, display_name="Ben Lopez")
    make.coppa(student=twin, birth_year=2016)
    parent = consenting(school, child, twin, language=language)
    asked, reminded = [], []
    for day in range(330, 372):
        with days_later(day):
            for _ in range(2):
                asked += [day] * asked_again()
                reminded += [day] * remind_waiting(by=BY, now=clock.now())
            parent.letters()
    assert (asked, reminded) == ([335], [358])
    renewal, reminder = parent.letters()[-2:]
    for text in (str(renewal.body), str(renewal.alternatives[0][0])):
        assert "Ana" in text
        assert "Ben" in text
        assert "Lopez" not in text
        assert {"en": "March 4, 2026", "es": "4 de marzo de 2026"}[language] in text
    assert "March 4, 2026" in str(reminder.body) or language == "es"
    assert "List-Unsubscribe" in reminder.extra_headers
    assert "List-Unsubscribe" not in renewal.extra_headers, "it is the direct notice"
    new = Invitation.objects.get(renews_until__isnull=False)
    assert json.loads(events("consent.requested")[-2].data_accessed or "")["renews"] is True
    with days_later(364):
        assert recordable(child)
    assert new.answered_at is None


def test_a_request_for_a_new_answer_lives_as_long_as_the_old_consent(school: School, child: Student) -> None:
    """A school that gives a week to answer still reminds 7 days before the end, and the link opens until the end."""
    make.setting(school=school, key="consent.invitation_days", value="7", setting_type="int")
    parent = consenting(school, child)
    with days_later(335):
        assert asked_again() == 1
        link = parent.link()
    with days_later(358):
        assert remind_waiting(by=BY, now=clock.now()) == 1
        assert parent.get(link).status_code == 200


def test_a_new_answer_takes_over_without_a_gap(school: School, child: Student) -> None:
    """Until the second step the old consents count, then the new ones, for another year; the old end is no event."""
    parent = consenting(school, child)
    with days_later(336):
        assert asked_again() == 1
        parent.answer(parent.link(), answers_for(child, third_party="no"))
        assert recordable(child)
        parent.post(parent.link("/c/v/"), {})
        assert recordable(child)
        assert asked_again() == 0
    with days_later(366):
        assert ended() == 0
        assert recordable(child)
        assert reloaded(child).audio_recording_consent
        assert asked_again() == 0
    with days_later(336 + 335):
        assert asked_again() == 1, "and a year later again"


def test_a_no_to_the_new_request_counts_at_once(school: School, child: Student) -> None:
    """Asking again is no mere form."""
    parent = consenting(school, child)
    with days_later(336):
        asked_again()
        parent.answer(parent.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
        assert not recordable(child)
        assert asked_again() == 0


def test_who_is_asked_already_is_not_asked_again(school: School, child: Student) -> None:
    """Neither while the office's own request is open nor after a renewal that nobody answered."""
    consenting(school, child)
    with days_later(335):
        assert asked_again() == 1
        assert asked_again() == 0
    with days_later(364.9):
        assert asked_again() == 0
    assert OutgoingMail.objects.filter(kind="consent.renewal").count() == 1


@pytest.mark.parametrize("reason", ["court order", "order about the child", "left", "adult", "bounced", "tie ended"])
def test_nobody_is_asked_again_who_must_not_or_need_not_be(school: School, child: Student, reason: str) -> None:
    """The same reasons as for the first request."""
    parent = consenting(school, child)
    with days_later(336):
        if reason == "court order":
            Guardian.objects.update(restricted_at=clock.now())
        elif reason == "order about the child":
            Guardianship.objects.update(restricted=True)
        elif reason == "bounced":
            Guardian.objects.filter(pk=parent.guardian.pk).update(bounced_at=clock.now())
        elif reason == "tie ended":
            Guardianship.objects.all().delete()
        elif reason == "left":
            make.change(child, status="inactive")
        else:
            make.change(CoppaCompliance.objects.get(student_id=child.id), birth_year=2000)
        assert asked_again() == 0


def test_a_consent_of_another_service_is_asked_for_again_under_its_address(school: School, child: Student) -> None:
    """The guardian of the roster with that address is asked; the other guardian, who said nothing, is not."""
    known = families.guardian(child, email="Known@home.example")
    families.guardian(child)
    families.consents(child, expires_at=clock.now() + timedelta(days=20), parent_email="known@home.example")
    renew()
    assert Invitation.objects.get().guardian_id == known.id


def test_the_other_guardian_is_asked_only_about_what_they_said(school: School, child: Student) -> None:
    """A request renews the consents of one guardian; the other's end at their own time."""
    parent = consenting(school, child)
    with days_later(100):
        other = Parent(families.guardian(child))
        ask(school, child)
        other.answer(other.link(), answers_for(child, third_party="no"))
        other.post(other.link("/c/v/"), {})
    with days_later(336):
        assert asked_again() == 1
        assert Invitation.objects.get(renews_until__isnull=False).guardian_id == parent.guardian.id
    with days_later(436):
        assert asked_again() == 1


def test_a_school_whose_notice_has_a_blank_asks_nobody_and_stops_no_other(school: School, child: Student) -> None:
    """312.4(c): no request without the whole notice; the school next to it is served."""
    other_school = make.school(admin_email="")
    other = make.student(school=other_school)
    for one in (child, other):
        families.guardian(one, email=f"{one.id}@home.example")
        families.consents(one, expires_at=clock.now() + timedelta(days=20), parent_email=f"{one.id}@home.example")
    assert asked_again() == 1
    assert Invitation.objects.get().school_id == school.id
    assert list(BlockedRenewal.objects.values_list("school_id", "slots")) == [(other_school.id, ["contact"])]
    with guard.writing():
        School.objects.filter(pk=other_school.pk).update(admin_email="office@other.example")
    assert asked_again() == 1
    assert not BlockedRenewal.objects.exists()


def test_a_child_without_a_name_keeps_no_other_from_being_asked_again(school: School, child: Student) -> None:
    """The others of the school are asked in time; the nameless child is on the worklist."""
    nameless = make.student(school=school, display_name="Lopez,")
    for one in (child, nameless):
        families.guardian(one, email=f"{one.id}@home.example")
        families.consents(one, expires_at=clock.now() + timedelta(days=20), parent_email=f"{one.id}@home.example")
    assert asked_again() == 1
    assert [line.student_id for line in worklist(clock.now()).items[Matter.NAMELESS]] == [nameless.id]


def test_with_a_school_year_consents_end_with_it_and_answers_of_the_last_month_are_for_the_next(
    school: School, child: Student, settings: Settings
) -> None:
    """In the school's zone: an answer of March ends on 12 June; asked again in May, the new one lasts past it."""
    settings.CONSENT_SCHOOL_YEAR_ENDS = (6, 12)
    make.setting(school=school, key="timezone", value="America/Denver")
    parent = consenting(school, child)
    ends = {row.expires_at for row in ParentalConsent.objects.filter(student=child, consent_given=True)}
    assert ends == {datetime(2025, 6, 13, 5, 59, 59, tzinfo=UTC)}
    with days_later(69):  # 12 May
        assert asked_again() == 0
    with days_later(70):
        assert asked_again() == 1
        parent.answer(parent.link(), answers_for(child, third_party="no"))
        parent.post(parent.link("/c/v/"), {})
        assert asked_again() == 0
    with days_later(102):
        assert ended() == 0
        assert recordable(child)


def test_the_settings_can_stop_asking_again(school: School, child: Student, settings: Settings) -> None:
    """No days, no renewals; nothing goes out before the school's morning either."""
    consenting(school, child)
    with days_later(336):
        settings.CONSENT_EXPIRY_REMINDER_DAYS = ()
        assert asked_again() == 0
        settings.CONSENT_EXPIRY_REMINDER_DAYS, settings.CONSENT_REMINDER_HOUR = (7, 30), 20
        assert asked_again() == 0
