"""Mail that comes back: noted once, for the address it went to, until a person says otherwise."""

from __future__ import annotations

import json

import pytest

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, School, Student
from consent.actions.bounces import clear_bounce, note_bounce
from consent.models import Guardian, Invitation
from consent.queries.bounces import bounced_guardians
from consent.rules.asking import Skip
from consent.vocabulary import Bounce
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, ask

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def note(guardian: Guardian, code: Bounce = Bounce.RETURNED, address: str | None = None) -> bool:
    """Note that mail to the guardian came back."""
    return note_bounce(guardian_id=guardian.pk, code=code, address=address, by=ADMIN, now=now())


def events(name: str) -> list[AuditLog]:
    """Return the audit events of this name."""
    return list(AuditLog.objects.filter(event_type=name).order_by("resource_id"))


def test_a_bounce_stops_requests_and_is_on_record_once(school: School, child: Student) -> None:
    """The guardian is left out with the reason, the audit row names guardian and child but no address."""
    guardian = families.guardian(child)
    assert note(guardian)
    assert not note(guardian, Bounce.COMPLAINT)
    asked = ask(school, child)
    assert (asked.invitation_ids, asked.skipped) == ((), {Skip.BOUNCED: 1})
    (row,) = events("notice.bounced")
    assert (row.resource_id, row.school_id, row.affected_student_ids) == (guardian.pk, school.id, f'["{child.id}"]')
    assert json.loads(row.data_accessed or "") == {"code": "returned"}
    assert list(bounced_guardians()) == [guardian]


def test_the_link_that_was_mailed_stays_good(school: School, child: Student) -> None:
    """A mail that came back once may have arrived elsewhere: nothing is called back."""
    guardian = families.guardian(child)
    ask(school, child)
    note(guardian)
    assert Invitation.objects.get().revoked_at is None


def test_a_bounce_of_an_earlier_address_says_nothing(school: School, child: Student) -> None:
    """A slow report about the old address does not stop the new one; letters' case does not matter."""
    guardian = families.guardian(child, email="new@home.example")
    assert not note(guardian, address="old@home.example")
    assert note(guardian, address="New@Home.example")


def test_a_new_address_starts_clean(school: School, child: Student) -> None:
    """Another address is mailed again without anybody's help."""
    guardian = families.guardian(child)
    note(guardian)
    guardian.refresh_from_db()
    guardian.move_to("fresh@home.example", now=now())
    assert not bounced_guardians().exists()
    assert len(ask(school, child).invitation_ids) == 1


def test_who_shares_the_address_in_the_school_is_stopped_and_cleared_together(school: School, child: Student) -> None:
    """Two guardians with one mailbox; a guardian with another address is not touched."""
    one, other = (families.guardian(child, email=address) for address in ("home@home.example", "HOME@home.example"))
    apart = families.guardian(child)
    assert note(one)
    assert {guardian.pk for guardian in bounced_guardians()} == {one.pk, other.pk}
    assert [row.resource_id for row in events("notice.bounced")] == sorted([one.pk, other.pk])
    assert clear_bounce(guardian_id=other.pk, by=ADMIN, now=now())
    assert not clear_bounce(guardian_id=other.pk, by=ADMIN, now=now())
    assert not bounced_guardians().exists()
    assert len(events("notice.bounce_cleared")) == 2
    assert apart.bounced_at is None


def test_nobody_without_an_address_is_marked(school: School, child: Student) -> None:
    """There is nothing that could have come back; an id that is not there changes nothing either."""
    silent = families.guardian(child, email="")
    assert not note(silent)
    assert not note_bounce(guardian_id="gone", code=Bounce.RETURNED, by=ADMIN, now=now())
    assert not clear_bounce(guardian_id="gone", by=ADMIN, now=now())
