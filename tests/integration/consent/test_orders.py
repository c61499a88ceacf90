"""Court orders: what ends with one, what comes back when it is lifted, and what stays out of the log."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.guardians import amend_guardian, stamp
from consent.actions.links import mint
from consent.actions.orders import About, NothingToLift, lift_order, record_order
from consent.actions.withdraw import withdraw
from consent.models import CourtOrder, Guardian, Guardianship, Invitation
from consent.models.links import Purpose
from consent.queries.overview import overview
from consent.rules.limits import LIMITS
from consent.rules.overview import Standing
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded, tie_of, today
from tests.integration.consent.test_families import confirmed, status
from tests.integration.consent.test_guardians import contact

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

REFERENCE = "Docket 24-FD-118"
NO = {"service": "no", "audio": "", "ai": "", "third_party": ""}


def order(guardian: Guardian, child: Student, about: About = About.CHILD) -> None:
    """Record an order of today."""
    tie = tie_of(guardian, child)
    record_order(tie_id=tie.id, about=about, reference=REFERENCE, dated=today(), by=ADMIN, now=now())


def lift(guardian: Guardian, child: Student, about: About = About.CHILD) -> None:
    """Lift the orders of a kind."""
    lift_order(tie_id=tie_of(guardian, child).id, about=about, reference="Letter of June", by=ADMIN, now=now())


def test_grants_stop_counting_and_come_back_when_it_is_lifted(school: School, child: Student) -> None:
    """The flags fall with the order and rise with its end; the rows themselves are not touched."""
    mother = Parent(families.guardian(child))
    ask(school, child)
    confirmed(mother, child)
    order(mother.guardian, child)
    assert not reloaded(child).has_parental_consent
    assert not reloaded(child).audio_recording_consent
    assert status(child) is EffectiveStatus.NOT_ASKED
    lift(mother.guardian, child)
    assert reloaded(child).audio_recording_consent
    with pytest.raises(NothingToLift):
        lift(mother.guardian, child)


def test_flags_fall_before_anything_else_and_rise_last(school: School, child: Student) -> None:
    """In the outbox the first entry of an order lowers flags, and the audit comes before the flags that rise."""
    mother, father = Parent(families.guardian(child)), Parent(families.guardian(child))
    ask(school, child)
    confirmed(mother, child)
    father.answer(father.link(), answers_for(child, **NO))
    for act, rises in ((order, True), (lift, False)):
        OutboxEntry.objects.all().delete()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("classwaves_admin.warehouse.outbox.gateway._after_commit", lambda unit: None)
            act(father.guardian, child)
        entries = list(OutboxEntry.objects.order_by("pk").values_list("table", "payload"))
        tables = [table for table, _ in entries]
        assert tables[0] == "users.students"
        assert "compliance.audit_log" in tables
        assert tables[-1] == "users.students" or not rises
        assert bool(entries[-1][1].get("has_parental_consent")) is rises
        delivery.deliver(even_if_resting=True)
    assert status(child) is EffectiveStatus.CONFLICT
    assert AuditLog.objects.filter(event_type="consent.conflict_flagged").count() == 2


@pytest.mark.parametrize("with_record", [True, False])
def test_the_limits_that_follow_are_set_and_noted_once(school: School, with_record: bool) -> None:
    """An order takes a child's last consent away: one event says so, though flags are written before and after it."""
    child = make.student(school=school)
    if with_record:
        make.coppa(student=child, birth_year=now().year - 9, **dict.fromkeys(LIMITS, False))
    guardian = families.guardian(child, email="mum@home.example")
    make.consent(student=child, parent_email="mum@home.example", verification_method="signed_form")
    order(guardian, child)
    record = CoppaCompliance.objects.get(student_id=child.id)
    assert all(getattr(record, name) for name in LIMITS)
    assert AuditLog.objects.filter(event_type="coppa.status_changed", resource_id=child.id).count() == 1


def test_an_order_about_any_contact_closes_every_page_and_child(school: School, child: Student) -> None:
    """Links about all children die; an order about one child leaves requests about the others alone."""
    brother = make.student(school=school)
    guardian = families.guardian(child, brother)
    parent = Parent(guardian)
    ask(school, brother)
    about_brother = parent.link()
    ask(school, child)
    about_child = parent.link()
    order(guardian, child)
    assert parent.get(about_child).status_code == 410
    assert parent.get(about_brother).status_code == 200
    order(guardian, child, About.ANY)
    assert parent.get(about_brother).status_code == 410
    assert Guardian.objects.get().restricted_at
    assert not ask(school, child, brother).invitation_ids
    lift(guardian, child, About.ANY)
    assert len(ask(school, child, brother).invitation_ids) == 1
    assert set(Invitation.objects.latest("created_at").children.values_list("student_id", flat=True)) == {brother.id}


def test_no_other_service_keeps_the_address(school: School) -> None:
    """The one address of the family in the catalog is blanked where it is this guardian's."""
    child = make.student(school=school, parent_email="dad@home.example")
    order(families.guardian(child, email="dad@home.example"), child)
    assert reloaded(child).parent_email is None


def test_a_row_of_another_service_stays_barred_after_a_change_of_address(school: School, child: Student) -> None:
    """Who may have no contact cannot get a grant back by a new address."""
    guardian = families.guardian(child, email="old@home.example")
    make.consent(student=child, parent_email="old@home.example", verification_method="signed_form")
    order(guardian, child)
    tie = tie_of(guardian, child)
    amend_guardian(
        tie_id=tie.id, contact=contact(guardian, email="new@home.example"), seen=stamp(tie), by=ADMIN, now=now()
    )
    assert status(child) is EffectiveStatus.NOT_ASKED
    assert overview(now()).together.standings[Standing.NOT_ASKED] == 1


def test_answers_for_a_child_whose_tie_is_gone_are_barred_too(school: School, child: Student) -> None:
    """An order against any contact holds for everything that the person ever signed."""
    brother = make.student(school=school)
    make.coppa(student=brother, birth_year=now().year - 9)
    parent = Parent(families.guardian(child, brother))
    ask(school, child)
    confirmed(parent, child)
    tie_of(parent.guardian, child).delete()
    assert reloaded(child).audio_recording_consent
    order(parent.guardian, brother, About.ANY)
    assert not reloaded(child).audio_recording_consent
    assert overview(now()).together.standings[Standing.NOT_ASKED] == 2


def test_the_page_says_in_numbers_what_ends(office: Client, school: School, child: Student) -> None:
    """Requests, answers and the students who may not be recorded any more, before anything is saved."""
    brother = make.student(school=school)
    mother = Parent(families.guardian(child, brother))
    ask(school, child)
    confirmed(mother, child)
    ask(school, brother)
    tie = tie_of(mother.guardian, child)
    numbers = office.get(reverse("order-record", args=[tie.id])).context["numbers"]
    assert (numbers[About.CHILD].requests, numbers[About.ANY].requests) == (0, 1)
    assert (numbers[About.CHILD].answers, numbers[About.CHILD].stop, numbers[About.CHILD].start) == (4, 1, 0)
    form = {"about": "any", "dated": today().isoformat(), "reference": REFERENCE}
    assert office.post(reverse("order-record", args=[tie.id]), form).status_code == 302
    assert CourtOrder.objects.get().student_id == ""
    lifting = office.get(reverse("order-lift", args=[tie.id])).context["numbers"]
    assert (lifting[About.ANY].stop, lifting[About.ANY].start) == (0, 1)
    office.post(reverse("order-lift", args=[tie.id]), {"about": "any", "reference": "Letter of June"})
    lifted = CourtOrder.objects.get()
    assert (lifted.lift_reference, lifted.lifted_at is not None) == ("Letter of June", True)


def test_what_was_typed_stays_out_of_the_log(child: Student) -> None:
    """The log holds the order's id and kind; the court's reference stays on the order."""
    guardian = families.guardian(child)
    order(guardian, child)
    lift(guardian, child)
    rows = list(AuditLog.objects.filter(event_type="record.amended").order_by("event_timestamp"))
    told = [json.loads(row.data_accessed or "") for row in rows]
    assert [data["what"] for data in told] == ["order_recorded", "order_lifted"]
    assert {data["order"] for data in told} == {CourtOrder.objects.get().id}
    assert "Docket" not in str([vars(row) for row in rows])
    assert "June" not in str([vars(row) for row in rows])


@pytest.mark.parametrize(
    "typed",
    [
        {"about": "child", "dated": "2999-01-01", "reference": REFERENCE},
        {"about": "child", "dated": "", "reference": REFERENCE},
        {"about": "everyone", "dated": "2025-01-01", "reference": REFERENCE},
        {"about": "child", "dated": "2025-01-01", "reference": " "},
        {"about": "child", "dated": "2025-01-01", "reference": "x" * 201},
        {"dated": "2025-01-01", "reference": REFERENCE},
    ],
)
def test_an_order_needs_its_kind_date_and_reference(office: Client, child: Student, typed: dict[str, str]) -> None:
    """A form that lacks one is told, and restricts nobody."""
    tie = tie_of(families.guardian(child), child)
    assert office.post(reverse("order-record", args=[tie.id]), typed).status_code == 422
    assert not Guardianship.objects.filter(restricted=True).exists()


def test_an_order_that_a_roster_brought_can_be_lifted(child: Student) -> None:
    """It has no paper here; lifting it leaves a row that says on what."""
    guardian = families.guardian(child, restricted_at=now() - timedelta(days=9))
    lift(guardian, child, About.ANY)
    assert CourtOrder.objects.get().lift_reference == "Letter of June"
    assert Guardian.objects.get().restricted_at is None


def test_the_barred_guardians_refusal_no_longer_blocks(school: School, child: Student) -> None:
    """With one guardian out by order, the other's yes stands alone."""
    mother, father = Parent(families.guardian(child)), Parent(families.guardian(child))
    ask(school, child)
    confirmed(mother, child)
    father.answer(father.link(), answers_for(child, audio="no", ai=""))
    assert status(child, ConsentType.AUDIO) is EffectiveStatus.CONFLICT
    order(father.guardian, child)
    assert reloaded(child).audio_recording_consent


def test_what_the_barred_guardian_takes_back_moves_no_flag(school: School, child: Student) -> None:
    """Their no counts as little as their yes did: the flags rest on the mother's consent and stay with it."""
    mother, father = Parent(families.guardian(child)), families.guardian(child, relationship="father")
    ask(school, child)
    for parent in (mother, Parent(father)):
        parent.answer(parent.link(), answers_for(child))
        parent.post(parent.link("/c/v/"), {})
    order(father, child)
    assert reloaded(child).has_parental_consent
    withdraw(
        guardian=father,
        student_id=child.id,
        types=[ConsentType.SERVICE],
        signer_name="A Parent",
        relationship="parent",
        by=ADMIN,
        now=now(),
    )
    assert reloaded(child).has_parental_consent


class TestOneMailboxForTwo:
    """Whoever an order keeps away reads what is mailed to the other guardian's address too."""

    @pytest.mark.parametrize("about", list(About))
    def test_the_other_guardians_links_die_too(
        self, office: Client, school: School, child: Student, about: About
    ) -> None:
        """Open request, link to manage and the next mails; the office is told that another address is needed."""
        father = families.guardian(child, email="home@home.example", relationship="father")
        mother = Parent(families.guardian(child, email="Home@home.example"))
        make.consent(student=child, consent_type="audio_recording", parent_email="home@home.example")
        request = families.request(mother.guardian, child)
        open_page = reverse("consent-answer", args=[mint(request, Purpose.ANSWER, now=now()).token])
        own_page = reverse("consent-answers", args=[mint(mother.guardian, Purpose.MANAGE, now=now()).token])
        assert [mother.get(page).status_code for page in (open_page, own_page)] == [200, 200]
        tie = tie_of(father, child)
        numbers = office.get(reverse("order-record", args=[tie.id])).context["numbers"]
        assert numbers[about].requests == 1
        form = {"about": about.value, "dated": today().isoformat(), "reference": REFERENCE}
        told = office.post(reverse("order-record", args=[tie.id]), form, follow=True).content.decode()
        assert "Open requests ended: 1." in told
        assert "needs an address of their own" in told
        assert [mother.get(page).status_code for page in (open_page, own_page)] == [410, 410]
        before = len(mother.letters())
        mother.post("/c/manage/", {"address": mother.guardian.email})
        assert len(mother.letters()) == before
        assert not ask(school, child).invitation_ids

    def test_with_an_address_of_her_own_she_is_asked_and_answers(
        self, office: Client, school: School, child: Student
    ) -> None:
        """Until then her page says what to do, and nobody records an answer that would count for nothing."""
        father = families.guardian(child, email="home@home.example", relationship="father")
        mother = Parent(families.guardian(child, email="home@home.example"))
        order(father, child)
        tie, hint = tie_of(mother.guardian, child), "An address of their own is needed"
        assert hint in office.get(reverse("guardian-detail", args=[tie.id])).content.decode()
        assert office.get(reverse("answer-record", args=[tie.id])).status_code == 302
        own = contact(mother.guardian, email="her@home.example")
        amend_guardian(tie_id=tie.id, contact=own, seen=stamp(tie), by=ADMIN, now=now())
        mother.guardian.refresh_from_db()
        assert len(ask(school, child).invitation_ids) == 1
        confirmed(mother, child)
        assert reloaded(child).audio_recording_consent
        assert hint not in office.get(reverse("guardian-detail", args=[tie.id])).content.decode()
