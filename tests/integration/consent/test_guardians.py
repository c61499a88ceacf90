"""The office adds a guardian, changes a contact, ends a tie: what dies, what stays, who wins."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.actions.guardians import Contact, UnderOrder, amend_guardian, end_tie, stamp
from consent.actions.meanwhile import ChangedMeanwhile
from consent.models import Guardian, Guardianship, Invitation
from consent.queries.rows import consents_of
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded, tie_of

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def contact(guardian: Guardian, **given: str) -> Contact:
    """Return the guardian's contact with something changed."""
    values = {"name": guardian.name, "email": guardian.email, "language": "en", "relationship": "mother"}
    return Contact(**(values | given))


def amended() -> list[dict[str, Any]]:
    """Return the data of every amendment in the log."""
    rows = AuditLog.objects.filter(event_type="record.amended").order_by("event_timestamp")
    return [json.loads(row.data_accessed or "{}") for row in rows]


def confirmed(parent: Parent, child: Student, **given: str) -> None:
    """Answer the newest invitation and confirm it."""
    parent.answer(parent.link(), answers_for(child, third_party="no", **given))
    parent.post(parent.link("/c/v/"), {})


class TestAdding:
    """A guardian whom the roster does not name."""

    def test_the_office_states_one(self, office: Client, child: Student) -> None:
        """The tie says that the office stated it, and the log tells it by codes."""
        form = {"name": "Bo  Lopez", "email": "Bo@Home.example", "language": "es", "relationship": "father"}
        assert office.post(reverse("guardian-add", args=[child.id]), form).status_code == 302
        tie = Guardianship.objects.select_related("guardian").get()
        assert (tie.guardian.name, tie.guardian.email, tie.guardian.language) == ("Bo Lopez", "bo@home.example", "es")
        assert (tie.relationship, tie.stated_by_office, tie.school_id) == ("father", True, child.school_id)
        assert amended() == [{"what": "guardian_added", "fields": [], "requests_ended": 0}]

    def test_a_siblings_parent_is_the_same_person(self, office: Client, school: School, child: Student) -> None:
        """Same name and address in the school: one guardian, so that one mail serves both children."""
        brother = make.student(school=school)
        mother = families.guardian(brother, name="Mia Lopez", email="mia@home.example")
        form = {"name": "mia lopez", "email": "MIA@home.example", "language": "en", "relationship": "mother"}
        office.post(reverse("guardian-add", args=[child.id]), form)
        office.post(reverse("guardian-add", args=[child.id]), form)
        assert Guardian.objects.get() == mother
        assert Guardianship.objects.filter(guardian=mother).count() == 2

    def test_a_form_that_cannot_be_is_kept(self, office: Client, child: Student) -> None:
        """A wrong address and a name without a letter are told, and what was typed stays."""
        page = office.post(reverse("guardian-add", args=[child.id]), {"name": "?!", "email": "bo@", "language": "en"})
        assert page.status_code == 422
        assert "Type the person’s name." in page.content.decode()
        assert 'value="bo@"' in page.content.decode()
        assert not Guardian.objects.exists()


class TestChanging:
    """A changed contact."""

    def test_a_changed_address_ends_links_and_moves_no_consent(
        self, office: Client, school: School, child: Student
    ) -> None:
        """Open links die, what was answered stays as signed, and the page says both in numbers before."""
        mother = Parent(families.guardian(child))
        ask(school, child)
        confirmed(mother, child)
        brother = make.student(school=school)
        Guardianship.objects.create(
            guardian=mother.guardian, school_id=school.id, student_id=brother.id, relationship="mother"
        )
        ask(school, brother)
        open_link = mother.link()
        tie = tie_of(mother.guardian, child)
        page = office.get(reverse("guardian-edit", args=[tie.id]))
        assert (page.context["numbers"].requests, page.context["numbers"].answers) == (1, 4)
        signed = sorted(ParentalConsent.objects.values_list("id", "parent_email", "revoked_at"))
        form = {"name": mother.guardian.name, "email": "new@home.example", "language": "en", "relationship": "mother"}
        office.post(reverse("guardian-edit", args=[tie.id]), form | {"seen": stamp(tie)})
        assert mother.get(open_link).status_code == 410
        assert sorted(ParentalConsent.objects.values_list("id", "parent_email", "revoked_at")) == signed
        assert reloaded(child).audio_recording_consent
        assert amended()[-1] == {"what": "guardian_amended", "fields": ["email"], "requests_ended": 1}
        assert "home.example" not in str(amended())

    def test_another_services_row_stays_with_the_person(self, school: School, child: Student) -> None:
        """A row known by its address alone is tied to the guardian before the address goes."""
        guardian = families.guardian(child, email="old@home.example")
        foreign = make.consent(student=child, parent_email="Old@home.example")
        tie = tie_of(guardian, child)
        amend_guardian(
            tie_id=tie.id, contact=contact(guardian, email="new@home.example"), seen=stamp(tie), by=ADMIN, now=now()
        )
        (kept,) = consents_of([child.id])[child.id]
        assert (kept.facts.id, kept.guardian_id) == (foreign.id, guardian.id)

    def test_the_familys_one_address_in_the_catalog_follows(self, school: School) -> None:
        """Other services read `users.students.parent_email`: it is not left at the old address."""
        child = make.student(school=school, parent_email="old@home.example")
        guardian = families.guardian(child, email="old@home.example")
        tie = tie_of(guardian, child)
        amend_guardian(
            tie_id=tie.id, contact=contact(guardian, email="new@home.example"), seen=stamp(tie), by=ADMIN, now=now()
        )
        assert reloaded(child).parent_email == "new@home.example"

    def test_two_people_who_edit_at_once_lose_nothing(self, office: Client, child: Student) -> None:
        """The second one is told, sees what stands and what was typed, and can save over it."""
        guardian = families.guardian(child)
        tie = tie_of(guardian, child)
        seen = stamp(tie)
        amend_guardian(tie_id=tie.id, contact=contact(guardian, name="First Writer"), seen=seen, by=ADMIN, now=now())
        form = {"name": "Second Writer", "email": guardian.email, "language": "en", "relationship": "mother"}
        page = office.post(reverse("guardian-edit", args=[tie.id]), form | {"seen": seen})
        assert page.status_code == 409
        text = page.content.decode()
        assert "Somebody else changed this guardian" in text
        assert "First Writer" in text
        assert 'value="Second Writer"' in text
        assert tie_of(guardian, child).guardian.name == "First Writer"
        fresh = page.context["form"]["seen"].value()
        office.post(reverse("guardian-edit", args=[tie.id]), form | {"seen": fresh})
        assert tie_of(guardian, child).guardian.name == "Second Writer"

    def test_a_relationship_that_is_taken_back_ends_the_request(self, school: School, child: Student) -> None:
        """Of unknown authority: no mail, and no link that still works."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        page, tie = parent.link(), tie_of(parent.guardian, child)
        amend_guardian(
            tie_id=tie.id, contact=contact(parent.guardian, relationship=""), seen=stamp(tie), by=ADMIN, now=now()
        )
        assert parent.get(page).status_code == 410
        assert not ask(school, child).invitation_ids

    def test_nothing_changed_writes_nothing(self, child: Student) -> None:
        """Saving what stands leaves no trace and ends no link."""
        guardian = families.guardian(child)
        tie = tie_of(guardian, child)
        done = amend_guardian(tie_id=tie.id, contact=contact(guardian), seen=stamp(tie), by=ADMIN, now=now())
        assert (done.fields, amended()) == ((), [])


class TestEnding:
    """A tie that ends."""

    @pytest.mark.parametrize("choice", ["keep", "stop"])
    def test_the_answers_stay_or_stop_as_the_office_says(
        self, office: Client, school: School, child: Student, choice: str
    ) -> None:
        """Kept answers go on permitting; stopped ones take the flags with them."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        confirmed(parent, child)
        tie = tie_of(parent.guardian, child)
        assert office.get(reverse("guardian-end", args=[tie.id])).context["numbers"].answers == 4
        office.post(reverse("guardian-end", args=[tie.id]), {"answers": choice, "seen": stamp(tie)})
        assert not Guardianship.objects.exists()
        assert ParentalConsent.objects.filter(revoked_at=None).count() == (4 if choice == "keep" else 0)
        assert reloaded(child).audio_recording_consent is (choice == "keep")
        told = [json.loads(row.data_accessed or "") for row in AuditLog.objects.filter(event_type="consent.revoked")]
        assert [data["reason"] for data in told] == ([] if choice == "keep" else ["tie_ended"])

    def test_a_choice_is_asked_for(self, office: Client, child: Student) -> None:
        """With answers on record, nothing is ended without saying what becomes of them."""
        guardian = families.guardian(child)
        make.consent(student=child, parent_email=guardian.email)
        tie = tie_of(guardian, child)
        page = office.post(reverse("guardian-end", args=[tie.id]), {"seen": stamp(tie)})
        assert page.status_code == 422
        assert "Choose what becomes of their answers." in page.content.decode()
        assert Guardianship.objects.exists()

    def test_only_requests_that_name_the_child_end(self, school: School, child: Student) -> None:
        """The link about a sibling goes on working."""
        brother = make.student(school=school)
        parent = Parent(families.guardian(child, brother))
        ask(school, child)
        ask(school, brother)
        tie = tie_of(parent.guardian, child)
        end_tie(tie_id=tie.id, seen=stamp(tie), stop_answers=False, by=ADMIN, now=now())
        states = {
            one.children.get().student_id: one.revoked_at is not None
            for one in Invitation.objects.prefetch_related("children")
        }
        assert states == {child.id: True, brother.id: False}

    def test_a_tie_under_a_court_order_stays(self, office: Client, child: Student) -> None:
        """Without the tie nobody would know of the order: the person must not come back by a new file."""
        guardian = families.guardian(child, restricted=True)
        tie = tie_of(guardian, child)
        with pytest.raises(UnderOrder):
            end_tie(tie_id=tie.id, seen=stamp(tie), stop_answers=False, by=ADMIN, now=now())
        assert office.post(reverse("guardian-end", args=[tie.id]), {"seen": stamp(tie)}, follow=True).status_code == 200
        assert Guardianship.objects.exists()

    def test_an_old_page_ends_nothing(self, child: Student) -> None:
        """Somebody has changed the guardian since: the person looks again."""
        tie = tie_of(families.guardian(child), child)
        with pytest.raises(ChangedMeanwhile):
            end_tie(tie_id=tie.id, seen="2001", stop_answers=True, by=ADMIN, now=now())


def test_the_page_shows_one_guardian_and_nothing_of_the_other(office: Client, child: Student) -> None:
    """A guardian's page is printed and read out at the counter: it holds no other guardian's contact."""
    mother, father = families.guardian(child), families.guardian(child, name="Bo Secret")
    page = office.get(reverse("guardian-detail", args=[tie_of(mother, child).id])).content.decode()
    assert mother.email in page
    assert father.email not in page
    assert "Secret" not in page
