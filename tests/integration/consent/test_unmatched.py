"""Answers of other services whose signer nobody knows: found, shown, and settled in three ways."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.actions import locks
from consent.actions.guardians import Contact
from consent.actions.unmatched import MatchedAlready, add_signer, match_signer, set_aside
from consent.models import Guardian, Guardianship, MatchedSigner, Settlement
from consent.queries.unmatched import MOST_SHOWN, Unmatched, waiting_of, waiting_signers
from consent.rules.settling import Reason
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded
from tests.integration.consent.test_families import confirmed, status

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def unknown_signers(most: int = MOST_SHOWN) -> list[Unmatched]:
    """Return the signers as the page finds them: who they are, and what of each still waits."""
    return waiting_of(waiting_signers(now(), most=most), now())


def foreign(child: Student, *kinds: ConsentType, **given: Any) -> list[ParentalConsent]:
    """Save rows of another service that somebody unknown signed on paper."""
    signer = {"parent_name": "Gran Lopez", "parent_email": "gran@home.example", "verification_method": "signed_form"}
    return families.consents(child, *kinds, **(signer | given))


def tie_of(guardian: Guardian, child: Student) -> str:
    """Return the id of the tie of a guardian and a student."""
    return Guardianship.objects.get(guardian=guardian, student_id=child.id).id


def test_only_rows_of_unknown_signers_are_found(school: School, child: Student) -> None:
    """The portal's own answers, rows under one guardian's address and ended rows are left out."""
    mother = Parent(families.guardian(child, email="mia@home.example"))
    ask(school, child)
    confirmed(mother, child)
    Guardian.objects.update(email="moved@home.example")  # the portal's own answers know their guardian all the same
    foreign(child, parent_email="moved@home.example")
    foreign(child, revoked_at=now())
    foreign(make.student(school=school, status="inactive"))
    unknown = foreign(child)
    (found,) = unknown_signers()
    assert {row.id for row in found.rows} == {row.id for row in unknown}
    assert (found.signer.name, found.student) == ("Gran Lopez", child)


def test_signers_for_students_who_have_left_take_nobodys_place(school: School, child: Student) -> None:
    """The list holds so many: an older row of a student who has left must not fill it."""
    long_ago = now() - timedelta(days=90)
    foreign(make.student(school=school, status="inactive"), consent_date=long_ago)
    foreign(child)
    assert [found.student for found in unknown_signers(most=1)] == [child]


def test_an_address_that_two_guardians_share_names_nobody(child: Student) -> None:
    """Who of the two signed is asked, not guessed."""
    for _ in range(2):
        families.guardian(child, email="both@home.example")
    foreign(child, parent_email="both@home.example")
    assert len(unknown_signers()) == 1


def test_the_list_shows_the_own_school_alone(office: Client, child: Student) -> None:
    """Another school's rows do not exist; looking is logged."""
    (mine, _), (other, _) = foreign(child), foreign(make.student(display_name="Xanthe W."))
    page = office.get(reverse("unmatched-list")).content.decode()
    assert "Gran Lopez" in page
    assert "Xanthe" not in page
    assert "gran@home.example" not in page
    assert AuditLog.objects.filter(event_type="student.searched").exists()
    assert office.get(reverse("unmatched", args=[mine.id])).status_code == 200
    assert office.get(reverse("unmatched", args=[other.id])).status_code == 404


def test_an_empty_list_says_so(office: Client) -> None:
    """With nothing to settle the page says what would stand here."""
    assert "Every signer is known" in office.get(reverse("unmatched-list")).content.decode()


class TestMatching:
    """A guardian in the list signed."""

    def test_all_rows_of_the_signer_become_the_guardians(self, office: Client, child: Student) -> None:
        """They leave the list, count on, and the log has ids alone."""
        guardian = families.guardian(child, email="")
        rows = foreign(child)
        sent = {"choice": "match", "match-tie": tie_of(guardian, child)}
        assert office.post(reverse("unmatched", args=[rows[1].id]), sent).status_code == 302
        assert set(MatchedSigner.objects.values_list("consent_id", "guardian_id")) == {
            (row.id, guardian.id) for row in rows
        }
        assert unknown_signers() == []
        assert reloaded(child).audio_recording_consent
        log = AuditLog.objects.get(event_type="record.amended")
        assert json.loads(log.data_accessed or "")["what"] == "signer_matched"
        assert "Gran" not in str(vars(log))

    def test_a_court_order_against_who_signed_takes_the_rows_out(self, child: Student) -> None:
        """Flags fall with it."""
        guardian = families.guardian(child, restricted=True, email="")
        rows = foreign(child)
        match_signer(row_id=rows[0].id, tie_id=tie_of(guardian, child), by=ADMIN, now=now())
        assert status(child) is EffectiveStatus.NOT_ASKED
        assert not reloaded(child).has_parental_consent

    def test_the_persons_own_later_no_ends_the_row(self, school: School, child: Student) -> None:
        """It was a conflict of two people only as long as nobody knew that they are one."""
        guardian = families.guardian(child)
        rows = foreign(child)
        parent = Parent(guardian)
        ask(school, child)
        parent.answer(parent.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
        assert status(child) is EffectiveStatus.CONFLICT
        match_signer(row_id=rows[0].id, tie_id=tie_of(guardian, child), by=ADMIN, now=now())
        assert status(child) is EffectiveStatus.REFUSED
        assert all(row.revoked_at for row in ParentalConsent.objects.filter(id__in=[row.id for row in rows]))

    def test_another_childs_guardian_cannot_have_signed(self, office: Client, school: School, child: Student) -> None:
        """The tie must be one of this student."""
        other = make.student(school=school)
        tie = tie_of(families.guardian(other), other)
        (row, _) = foreign(child)
        page = office.post(reverse("unmatched", args=[row.id]), {"choice": "match", "match-tie": tie})
        assert page.status_code == 422
        with pytest.raises(Guardianship.DoesNotExist):
            match_signer(row_id=row.id, tie_id=tie, by=ADMIN, now=now())

    def test_two_desks_settle_once(self, office: Client, child: Student) -> None:
        """Who comes second is told."""
        guardian = families.guardian(child)
        (row, _) = foreign(child)
        match_signer(row_id=row.id, tie_id=tie_of(guardian, child), by=ADMIN, now=now())
        with pytest.raises(MatchedAlready):
            set_aside(row_id=row.id, reason=Reason.UNKNOWN_SIGNER, reference="x", by=ADMIN, now=now())
        page = office.get(reverse("unmatched", args=[row.id]), follow=True).content.decode()
        assert "has been settled" in page


class TestAdding:
    """The person is not in the list."""

    def test_the_signer_becomes_a_guardian_as_the_office_states_it(self, office: Client, child: Student) -> None:
        """With the relationship that the office has checked; the rows are theirs."""
        (row, _) = foreign(child)
        page = office.get(reverse("unmatched", args=[row.id]))
        assert page.context["add_form"].initial["name"] == "Gran Lopez"
        sent = {
            "choice": "add",
            "add-name": "Gran Lopez",
            "add-email": "gran@home.example",
            "add-language": "es",
            "add-relationship": "grandparent_guardian",
        }
        assert office.post(reverse("unmatched", args=[row.id]), sent).status_code == 302
        tie = Guardianship.objects.select_related("guardian").get()
        assert (tie.relationship, tie.stated_by_office) == ("grandparent_guardian", True)
        assert set(MatchedSigner.objects.values_list("guardian_id", flat=True)) == {tie.guardian_id}
        assert unknown_signers() == []

    def test_a_siblings_guardian_is_held_with_all_children_at_once(
        self, school: School, child: Student, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who is a guardian already: the sibling is held before or with the child, never after, as others hold them."""
        gran = families.guardian(sibling := make.student(school=school), name="Gran Lopez", email="gran@home.example")
        row, _ = foreign(child, parent_email="old@home.example")
        held: list[set[str]] = []
        monkeypatch.setattr(locks, "lock_children", lambda ids: held.append(set(ids)))
        contact = Contact(gran.name, gran.email, "en", "grandparent")
        add_signer(row_id=row.id, student=child, contact=contact, by=ADMIN, now=now())
        assert held[0] == {child.id, sibling.id}
        assert all(ids <= held[0] for ids in held)

    def test_without_a_relationship_nobody_is_added(self, office: Client, child: Student) -> None:
        """Somebody of unknown authority does not make an answer good."""
        (row, _) = foreign(child)
        sent = {"choice": "add", "add-name": "Gran Lopez", "add-language": "es", "add-relationship": ""}
        page = office.post(reverse("unmatched", args=[row.id]), sent)
        assert page.status_code == 422
        assert "Say what the person is" in page.content.decode()
        assert not Guardian.objects.exists()


class TestSettingAside:
    """Nobody can stand for the answers."""

    def test_they_end_and_flags_fall(self, office: Client, child: Student) -> None:
        """Revoked with a reason; the reference stays out of the log."""
        rows = foreign(child)
        sent = {"choice": "aside", "aside-reason": "not_guardian", "aside-reference": "Call of June 3"}
        assert office.post(reverse("unmatched", args=[rows[0].id]), sent).status_code == 302
        assert all(row.revoked_at for row in ParentalConsent.objects.all())
        assert not reloaded(child).has_parental_consent
        log = AuditLog.objects.get(event_type="consent.revoked")
        assert json.loads(log.data_accessed or "")["reason"] == "not_guardian"
        assert "June" not in str(vars(log))
        assert Settlement.objects.get().reference == "Call of June 3"

    def test_a_refusal_of_nobody_no_longer_blocks(self, school: School, child: Student) -> None:
        """With it gone, the guardian's yes stands, and flags rise last."""
        (refusal,) = foreign(child, ConsentType.AUDIO, consent_given=False, verified_at=None)
        parent = Parent(families.guardian(child))
        ask(school, child)
        confirmed(parent, child)
        assert not reloaded(child).audio_recording_consent
        set_aside(row_id=refusal.id, reason=Reason.NOT_GUARDIAN, reference="x", by=ADMIN, now=now())
        assert reloaded(child).audio_recording_consent

    def test_a_reason_is_asked_for(self, office: Client, child: Student) -> None:
        """Without one nothing ends."""
        (row, _) = foreign(child)
        assert office.post(reverse("unmatched", args=[row.id]), {"choice": "aside"}).status_code == 422
        assert not ParentalConsent.objects.filter(revoked_at__isnull=False).exists()
