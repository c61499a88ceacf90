"""The office takes a consent back for a guardian who called, wrote or came by."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student
from consent.models import Guardianship, Withdrawal
from tests.factories import families
from tests.integration.consent.conftest import Parent, reloaded
from tests.integration.consent.test_manage import answered

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

SAID = {"types_back": ["audio_recording"], "reached_by": "phone", "reference": " Call  log 4 ", "data_choice": "delete"}


def page_of(parent: Parent) -> str:
    """Return the address of the page for this parent's only child."""
    return f"/guardians/{Guardianship.objects.get(guardian=parent.guardian).id}/withdraw/"


def test_what_a_guardian_says_by_phone_ends_at_once(school: School, child: Student, office: Client) -> None:
    """Flags, rows, the request to delete with its reference, and a mail to the guardian; the log names the staff."""
    parent = answered(child)
    done = office.post(page_of(parent), SAID, follow=True)
    assert "Taken back. It has ended." in done.content.decode()
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent) == (True, False)
    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.way, withdrawal.reference, withdrawal.delete_data) == ("phone", "Call log 4", True)
    assert {one.consent_type for one in withdrawal.consents.all()} == {"audio_recording", "ai_analysis"}
    assert CoppaCompliance.objects.filter(student=child, deletion_requested_at__isnull=False).exists()
    event = AuditLog.objects.get(event_type="consent.revoked")
    assert event.actor_type == "admin"
    assert "Call log" not in f"{event.data_accessed}{event.description}"
    assert parent.letters()[-1].subject == "You took back your consent for Ana"


@pytest.mark.parametrize("lacking", SAID)
def test_nothing_is_taken_back_by_half(school: School, child: Student, office: Client, lacking: str) -> None:
    """Type, way, reference and the guardian's choice are asked, none of them assumed; the rest is kept."""
    parent = answered(child)
    form: dict[str, Any] = {name: value for name, value in SAID.items() if name != lacking}
    page = office.post(page_of(parent), form)
    assert page.status_code == 422
    assert len(re.findall(r"<input[^>]* checked", page.content.decode())) == 2 - (
        lacking in {"types_back", "data_choice"}
    )
    assert not Withdrawal.objects.exists()


def test_a_guardian_without_an_address_gets_no_mail(school: School, child: Student, office: Client) -> None:
    """Paper is enough: the withdrawal does not hang on a mail."""
    parent = answered(child)
    parent.guardian.move_to("", now=now())
    before = len(parent.letters())
    office.post(page_of(parent), SAID)
    assert Withdrawal.objects.count() == 1
    assert len(parent.letters()) == before


def test_under_a_court_order_there_is_nothing_to_take_back(school: School, child: Student, office: Client) -> None:
    """The page leads back and says why; nothing is written."""
    parent = answered(child)
    Guardianship.objects.update(restricted=True)
    assert "count for nothing already" in office.post(page_of(parent), SAID, follow=True).content.decode()
    assert not Withdrawal.objects.exists()


def test_a_guardian_without_a_yes_has_nothing_to_take_back(school: School, child: Student, office: Client) -> None:
    """The other guardian's yes is not theirs to take back."""
    answered(child)
    other = Parent(families.guardian(child, relationship="father"))
    assert "Nothing to take back" in office.get(page_of(other)).content.decode()
    assert office.post(page_of(other), SAID).status_code == 422
    assert ParentalConsent.objects.filter(revoked_at__isnull=False).count() == 0


def test_the_students_page_leads_there(school: School, child: Student, office: Client) -> None:
    """Each guardian in the table has the way to it."""
    parent = answered(child)
    assert page_of(parent) in office.get(f"/students/{child.id}/").content.decode()
