"""No answer in time: the contact is deleted, as the notice promises, and nobody else's is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.forget import forget_unanswered
from consent.models import Guardian
from consent.tasks import forget
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
MONTH = timedelta(days=31)
BY = system("test")


def address_of(guardian: Guardian) -> str:
    """Return the address as it is kept now."""
    return Guardian.objects.get(pk=guardian.pk).email


def family_address(student: Student) -> str | None:
    """Return the family's address as the catalog will have it once everything is delivered."""
    delivery.deliver()
    return Student.objects.get(pk=student.pk).parent_email


def test_silence_for_a_month_deletes_the_address_everywhere(school: School) -> None:
    """312.5(c)(1): guardian, student, mail and the catalog's queue lose it; the deletion is on record once."""
    child = make.student(school=school, parent_email="Silent@home.example")
    silent = families.guardian(child, email="silent@home.example")
    ask(school, child)
    assert forget_unanswered(by=BY, now=now() + timedelta(days=29)) == 0
    assert address_of(silent)
    assert forget_unanswered(by=BY, now=now() + MONTH) == 1
    assert address_of(silent) == ""
    assert family_address(child) is None
    assert [row.recipient_address for row in NotificationQueue._base_manager.all()] == [""]
    assert [mail.address for mail in OutgoingMail.objects.all()] == [""]
    event = AuditLog.objects.get(event_type="deletion.completed")
    assert (event.resource_id, event.affected_student_ids) == (silent.pk, f'["{child.pk}"]')
    assert forget_unanswered(by=BY, now=now() + MONTH) == 0


def test_whoever_answered_is_kept(school: School, child: Student) -> None:
    """A no is an answer too: the proof of it needs the contact."""
    guardian = families.guardian(child)
    ask(school, child)
    parent = Parent(guardian)
    parent.answer(parent.link(), answers_for(child, service="no", audio="no", ai="no", third_party="no"))
    assert forget_unanswered(by=BY, now=now() + MONTH) == 0
    assert address_of(guardian)


@pytest.mark.parametrize("of_another", [True, False])
def test_an_address_of_the_family_that_is_not_theirs_alone_stays(school: School, of_another: bool) -> None:
    """The other parent has the same mailbox, or the family's address is another one."""
    kept = "family@home.example"
    child = make.student(school=school, parent_email=kept)
    families.guardian(child, email=kept if of_another else "silent@home.example")
    if of_another:
        families.guardian(child, email=kept, relationship="")
    ask(school, child)
    assert forget_unanswered(by=BY, now=now() + MONTH) == 1
    assert family_address(child) == kept


def test_an_open_request_or_a_consent_of_another_service_keeps_the_address(school: School, child: Student) -> None:
    """Only those with nothing open and nothing on record are forgotten."""
    on_record = families.guardian(child, email="Kept@home.example")
    make.consent(student=child, parent_email="Kept@home.example")
    ask(school, child)
    assert forget_unanswered(by=BY, now=now() + MONTH) == 0
    assert address_of(on_record)


def test_an_address_that_the_roster_names_again_is_left_until_asked_again(school: School, child: Student) -> None:
    """A request that was forgotten once does not delete what the school states anew."""
    guardian = families.guardian(child)
    ask(school, child)
    forget_unanswered(by=BY, now=now() + MONTH)
    Guardian.objects.filter(pk=guardian.pk).update(email="again@home.example")
    assert forget_unanswered(by=BY, now=now() + 2 * MONTH) == 0
    assert address_of(guardian) == "again@home.example"


def test_the_task_runs_over_every_school(school: School, child: Student) -> None:
    """The worker's task does the same, and finds nothing where no time has passed."""
    guardian = families.guardian(child)
    ask(school, child)
    forget()
    assert address_of(guardian)
