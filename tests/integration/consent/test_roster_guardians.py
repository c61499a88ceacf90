"""What a roster does to guardians: addresses, ties, and court orders that hold against it."""

from __future__ import annotations

import json

import pytest

from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse.models import (
    AuditLog,
    ParentalConsent,
    School,
    Student,
)
from consent.actions.orders import About, lift_order, record_order
from consent.models import (
    Guardian,
    Guardianship,
    Invitation,
)
from consent.queries.asking import whom_to_ask
from consent.queries.rows import consents_of, restricted_guardians
from consent.queries.worklist import worklist
from consent.rules.asking import Skip
from consent.rules.worklist import Matter
from tests.factories import catalog
from tests.factories import oneroster as make
from tests.integration.consent.conftest import reloaded
from tests.integration.consent.importing import LATER, MOVED, NOW, student, take, undo

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)]


def test_a_family_with_one_address_has_it_as_contact() -> None:
    """The family's only address stands in the student's row."""
    take(make.files())
    assert student("Ana").parent_email == "gerda@home.example"
    assert student("Cem").parent_email == "gul@home.example"


def test_a_family_with_two_addresses_has_no_contact() -> None:
    """Neither guardian is taken for the one in authority because the file names them first."""
    take(make.files(users=make.USERS_1_1.replace("Gustav,Ånström,,,", "Gustav,Ånström,,,gustav@home.example")))
    assert student("Ana").parent_email is None
    assert student("Ben").parent_email == "gerda@home.example"


def test_an_emergency_contact_is_not_asked_until_the_office_says_what_they_are() -> None:
    """The role `guardian` beside a word that gives no authority: no mail, and a line of the worklist."""
    done = take(make.files(users=make.USERS_1_1.replace("k-3,,,grandmother", "k-3,,,Emergency contact")))
    tie = Guardianship.objects.get(guardian__source_id="g-3")
    assert (tie.relationship, done.tally.notes["authority_unknown"]) == ("", 1)
    plan = whom_to_ask([tie.student_id], NOW)
    assert (dict(plan.askable), dict(plan.skipped)) == ({}, {Skip.UNKNOWN_AUTHORITY: 1})
    assert [one.student_id for one in worklist(NOW).items[Matter.AUTHORITY]] == [tie.student_id]


def test_a_new_address_calls_back_what_went_to_the_old_one() -> None:
    """Outstanding requests die with the address they were sent to; a blank address unsays nothing."""
    take(make.files())
    gerda = Guardian.objects.get(source_id="g-1")
    request = Invitation.objects.create(school_id=gerda.school_id, guardian=gerda, requested_by="x", expires_at=LATER)
    take(make.files(users=make.USERS_1_1.replace("gerda@home.example", "")), now=LATER)
    gerda.refresh_from_db()
    assert gerda.email == "gerda@home.example"
    take(make.files(users=make.USERS_1_1.replace("gerda@home.example", "new@home.example")), now=LATER)
    gerda.refresh_from_db()
    request.refresh_from_db()
    assert gerda.email == "new@home.example"
    assert request.revoked_at == LATER


def test_what_was_signed_under_the_old_address_stays_with_the_person() -> None:
    """A row that another service wrote is tied to the guardian before a roster changes the address, as by hand."""
    take(make.files())
    ana, gerda = student("Ana"), Guardian.objects.get(source_id="g-1")
    signed = catalog.consent(student=ana, parent_email="Gerda@home.example")
    before = ParentalConsent.objects.values().get(pk=signed.pk)
    done = take(make.files(users=MOVED), now=LATER)
    assert {one.facts.id: one.guardian_id for one in consents_of([ana.id])[ana.id]} == {signed.id: gerda.id}
    assert ParentalConsent.objects.values().get(pk=signed.pk) == before
    later = catalog.consent(student=ana, parent_email="new@home.example", consent_type="audio_recording")
    undo(done)
    assert Guardian.objects.get(source_id="g-1").email == "gerda@home.example"
    found = {one.facts.id: one.guardian_id for one in consents_of([ana.id])[ana.id]}
    assert found == {signed.id: gerda.id, later.id: gerda.id}


def test_the_familys_one_address_in_the_catalog_follows_a_new_one() -> None:
    """Also where the roster has several for the family and so says none itself; it goes back when it is undone."""
    take(make.files())
    ana, ben = student("Ana"), student("Ben")
    done = take(make.files(users=MOVED.replace("Gustav,Ånström,,,", "Gustav,Ånström,,,gustav@home.example")), now=LATER)
    assert {reloaded(ana).parent_email, reloaded(ben).parent_email} == {"new@home.example"}
    events = AuditLog.objects.filter(event_type="roster.imported", event_timestamp=LATER)
    concerned = [set(json.loads(one.affected_student_ids or "[]")) for one in events]
    assert {ana.id, ben.id} in concerned
    undo(done)
    assert {reloaded(ana).parent_email, reloaded(ben).parent_email} == {"gerda@home.example"}


def test_a_guardian_taken_out_of_the_roster_is_asked_no_more() -> None:
    """`tobedeleted` ends the guardianships; the person's answers stay as history."""
    take(make.files())
    gerda = Guardian.objects.get(source_id="g-1")
    request = Invitation.objects.create(school_id=gerda.school_id, guardian=gerda, requested_by="x", expires_at=LATER)
    users = make.USERS_1_1.replace("g-1,,,false", "g-1,tobedeleted,2025-01-02T03:04:05Z,false")
    take(make.files(users=users), now=LATER)
    request.refresh_from_db()
    assert request.revoked_at == LATER
    assert not Guardianship.objects.filter(guardian__source_id="g-1").exists()
    assert Guardian.objects.filter(source_id="g-1").exists()


def test_the_office_has_the_last_word_on_a_relationship() -> None:
    """A roster fills a blank relationship and leaves one that is set, with its court order."""
    take(make.files())
    Guardianship.objects.filter(guardian__source_id="g-2").update(relationship="foster_parent", restricted=True)
    take(make.files(), now=LATER)
    tie = Guardianship.objects.get(guardian__source_id="g-2")
    assert (tie.relationship, tie.restricted) == ("foster_parent", True)


def test_a_court_order_follows_a_student_to_another_school() -> None:
    """The guardian's row at the new school starts with the order of the old one."""
    take(make.files())
    Guardian.objects.filter(source_id="g-1").update(restricted_at=NOW)
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    take(make.files(users=make.USERS_1_1.replace("k-1,,,true,s-1", "k-1,,,true,s-2")), now=LATER)
    ties = Guardianship.objects.filter(student_id=student("Ana").id).select_related("guardian")
    hill = School.objects.get(name="Hill School").id
    orders = {
        (tie.guardian.source_id, tie.school_id == tie.guardian.school_id == hill): (
            tie.guardian.restricted_at,
            tie.restricted,
        )
        for tie in ties
    }
    assert orders == {
        ("g-1", True): (NOW, False),
        ("g-2", True): (None, True),
        # By the old ties the orders hold for what was answered at the old school.
        ("g-1", False): (NOW, False),
        ("g-2", False): (None, True),
    }
    old = Guardian.objects.get(source_id="g-2", school_id=School.objects.get(name="Harbour School").id)
    with inside(Scope(schools=(hill,))):
        assert restricted_guardians([student("Ana").id]).holds(student("Ana").id, old.id, "")


def test_an_order_lifted_at_the_new_school_holds_at_the_old_one_no_more() -> None:
    """The tie of the old school goes with it, and the next roster brings no order back."""
    take(make.files())
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    moved = make.files(users=make.USERS_1_1.replace("k-1,,,true,s-1", "k-1,,,true,s-2"))
    take(moved, now=LATER)
    ties = Guardianship.objects.filter(guardian__source_id="g-2")
    here = ties.get(school_id=School.objects.get(name="Hill School").id)
    lift_order(tie_id=here.id, about=About.CHILD, reference="Letter", by=system("test"), now=LATER)
    take(moved, now=LATER)
    assert [(tie.id, tie.restricted) for tie in ties] == [(here.id, False)]


def test_a_roster_ends_no_guardianship_under_a_court_order() -> None:
    """Whether the guardian is missing or taken out: without the tie, old answers would count again."""
    take(make.files())
    Guardian.objects.filter(source_id="g-1").update(restricted_at=NOW)
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    users = make.USERS_1_1.replace("g-1,,,false", "g-1,tobedeleted,2025-01-02T03:04:05Z,false")
    done = take(make.files(users=users.replace('"g-1,g-2"', "g-1")), now=LATER)
    assert set(Guardianship.objects.values_list("guardian__source_id", flat=True)) == {"g-1", "g-2", "g-3"}
    assert (done.leaving, done.tally.notes["guardianships_under_order"]) == (0, 3)


def test_a_guardian_under_a_court_order_is_no_familys_contact() -> None:
    """The next roster does not bring back the address that the order took out of the catalog."""
    take(make.files())
    ana, ben = student("Ana"), student("Ben")
    tie = Guardianship.objects.get(guardian__source_id="g-1", student_id=ana.id)
    assert (ana.parent_email, ben.parent_email) == ("gerda@home.example", "gerda@home.example")
    record_order(tie_id=tie.id, about=About.CHILD, reference="1", dated=NOW.date(), by=system("test"), now=NOW)
    take(make.files(), now=LATER)
    assert (student("Ana").parent_email, student("Ben").parent_email) == (None, "gerda@home.example")
    record_order(tie_id=tie.id, about=About.ANY, reference="2", dated=NOW.date(), by=system("test"), now=LATER)
    new = "k-4,,,true,s-1,student,dee,,Dee,Ånström,,,,,,g-1,03,,\n"
    take(make.files(users=make.USERS_1_1 + new), now=LATER)
    assert {one.parent_email for one in Student.objects.exclude(display_name="Cem K.")} == {None}
