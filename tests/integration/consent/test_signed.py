"""Staff record what a guardian signed or said: verified at once, a no first, evidence kept and guarded."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.scans import Scan
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.answer import UnfitAnswers
from consent.actions.evidence import Checked
from consent.actions.signed import MayNotAnswer, SaidLater, record_signed_answers, verify_with_check
from consent.forms.signed import field_name
from consent.models import Answer, Evidence, EvidencedConsent, Guardian, Invitation
from consent.notices.texts import written
from consent.queries.notices import school_facts
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus, VerificationMethod
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded, tie_of, today
from tests.integration.consent.test_families import confirmed, status

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

YES = dict.fromkeys(ASKED_TYPES, True)
NO = dict.fromkeys(ASKED_TYPES, False)


def check(scan: Scan | None = None, days_ago: int = 0) -> Checked:
    """Return the check of a signed form."""
    return Checked(VerificationMethod.SIGNED_FORM, "Cabinet 3", today() - timedelta(days=days_ago), scan)


def record(guardian: Guardian, answers: dict[str, dict[ConsentType, bool]], **given: Any) -> Evidence:
    """Record answers of a form that was signed today."""
    values: dict[str, Any] = {
        "guardian_id": guardian.id,
        "answers": answers,
        "notices": written(school_facts(guardian.school_id), "en"),
        "signer_name": guardian.name,
        "relationship": "mother",
        "checked": check(),
        "by": ADMIN,
        "now": now(),
    }
    return record_signed_answers(**(values | given))


def form_for(child: Student, **given: str) -> dict[str, Any]:
    """Return what the page sends: yes to everything, but for types given as `audio="no"`."""
    answers = {field_name(kind, child): given.pop(kind.name.lower(), "yes") for kind in ASKED_TYPES}
    signed = {
        "signer_name": "Maria Lopez",
        "relationship": "mother",
        "method": "signed_form",
        "checked_on": today().isoformat(),
        "reference": "Cabinet 3",
    }
    return answers | signed | given


def send(office: Client, guardian: Guardian, child: Student, **given: Any) -> Any:
    """Open the page of recording and send it."""
    address = reverse("answer-record", args=[tie_of(guardian, child).id])
    page = office.get(address)
    return office.post(address, form_for(child) | {"shown": page.context["form"].digest} | given)


class TestRecording:
    """What a guardian signed."""

    def test_a_yes_is_verified_at_once_sharing_included(self, office: Client, child: Student) -> None:
        """All four types are in force, with method, evidence and audit; the parent's device is nobody's."""
        guardian = families.guardian(child, email="")
        assert send(office, guardian, child).status_code == 302
        student = reloaded(child)
        assert student.has_parental_consent
        assert student.audio_recording_consent
        assert student.data_sharing_consent
        rows = ParentalConsent.objects.all()
        assert {row.verification_method for row in rows} == {"signed_form"}
        assert all(row.verified_at and row.ip_address is None and row.user_agent is None for row in rows)
        assert status(child, ConsentType.THIRD_PARTY) is EffectiveStatus.ACTIVE
        evidence = Evidence.objects.get()
        assert set(EvidencedConsent.objects.values_list("consent_id", flat=True)) == {row.id for row in rows}
        assert (evidence.reference, evidence.method, evidence.file) == ("Cabinet 3", "signed_form", "")
        log = {row.event_type: row for row in AuditLog.objects.filter(event_type__startswith="consent.")}
        assert set(log) == {"consent.granted", "consent.verified"}
        assert json.loads(log["consent.verified"].data_accessed or "")["method"] == "signed_form"
        assert "Cabinet" not in str([vars(row) for row in log.values()])

    def test_a_no_takes_effect_first_and_ends_the_older_yes(self, school: School, child: Student) -> None:
        """The first entry in the outbox lowers flags; the rows of the older answer end."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        confirmed(parent, child)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("classwaves_admin.warehouse.outbox.gateway._after_commit", lambda unit: None)
            record(parent.guardian, {child.id: NO})
        entries = list(OutboxEntry.objects.order_by("pk").values_list("table", "payload"))
        assert entries[0][0] == "users.students"
        assert entries[0][1]["has_parental_consent"] is False
        assert "compliance.parental_consents" in [table for table, _ in entries]
        delivery.deliver(even_if_resting=True)
        assert not reloaded(child).has_parental_consent
        assert status(child) is EffectiveStatus.REFUSED
        assert ParentalConsent.objects.filter(consent_given=True, revoked_at=None).count() == 0

    def test_what_is_left_blank_stays_as_it_was(self, office: Client, school: School, child: Student) -> None:
        """A call about one type alone leaves the other answers in force."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        confirmed(parent, child, third_party="no")
        kinds = ("service_collection_use", "audio_recording", "ai_analysis")
        blank = {field_name(ConsentType(kind), child): "blank" for kind in kinds}
        assert send(office, parent.guardian, child, **blank, method="toll_free_call").status_code == 302
        assert reloaded(child).data_sharing_consent
        assert Answer.objects.count() == 5
        assert status(child, ConsentType.AUDIO) is EffectiveStatus.ACTIVE

    def test_a_later_answer_of_the_guardian_stands(self, school: School, child: Student) -> None:
        """A paper of last week does not undo what the person said online since, and nothing is half written."""
        guardian = families.guardian(child)
        with time_machine.travel(now() - timedelta(days=9), tick=True):
            record(guardian, {child.id: YES})
        parent = Parent(guardian)
        Answer.objects.update(expires_at=now() - timedelta(days=1))
        ask(school, child)
        parent.answer(parent.link(), answers_for(child, audio="no", ai=""))
        rows = Answer.objects.count()
        with pytest.raises(SaidLater) as later:
            record(guardian, {child.id: YES}, checked=check(days_ago=5))
        assert "audio_recording" in later.value.types
        assert Answer.objects.count() == rows
        assert Evidence.objects.count() == 1

    def test_one_guardians_paper_yes_does_not_lift_the_others_no(self, school: School, child: Student) -> None:
        """Two guardians, each with rights (34 CFR 99.4): it is a conflict, flagged, and permits nothing."""
        mother, father = families.guardian(child), families.guardian(child)
        record(father, {child.id: NO}, relationship="father")
        record(mother, {child.id: YES})
        assert status(child) is EffectiveStatus.CONFLICT
        assert not reloaded(child).has_parental_consent
        assert AuditLog.objects.filter(event_type="consent.conflict_flagged").count() == 1

    def test_who_may_not_answer_is_refused(self, office: Client, school: School, child: Student) -> None:
        """A court order, an unknown relationship, a stranger's child, an adult: nothing is written."""
        adult = make.student(school=school)
        make.coppa(student=adult, birth_year=now().year - 19, is_under_13=False)
        stranger = make.student()
        cases = [
            (families.guardian(child, restricted=True), child),
            (families.guardian(child, restricted_at=now()), child),
            (families.guardian(child, relationship=""), child),
            (families.guardian(child), stranger),
            (families.guardian(adult), adult),
        ]
        for guardian, student in cases:
            with pytest.raises(MayNotAnswer):
                record(guardian, {student.id: YES})
        barred = tie_of(cases[0][0], child)
        page = office.get(reverse("answer-record", args=[barred.id]), follow=True).content.decode()
        assert "cannot answer for the student" in page
        assert not Answer.objects.exists()
        assert not Evidence.objects.exists()

    @pytest.mark.parametrize(
        "given",
        [
            {"answers": {}},
            {"relationship": "school_official"},
            {"signer_name": "  "},
            {"checked": Checked(VerificationMethod.KNOWLEDGE, "quiz", today())},
            {"checked": Checked(VerificationMethod.PHOTO_ID, "photo", today())},
            {"checked": Checked(VerificationMethod.SIGNED_FORM, " ", today())},
        ],
    )
    def test_what_staff_cannot_state_is_refused(self, child: Student, given: dict[str, Any]) -> None:
        """No answer, no name, no parent, no proof, and no method of quizzes or faces."""
        with pytest.raises(UnfitAnswers):
            record(families.guardian(child), **({"answers": {child.id: YES}} | given))
        assert not Answer.objects.exists()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"audio": "yes", "service": "no"}, "Recording needs a yes to taking part"),
            (dict.fromkeys(("service", "audio", "ai", "third_party"), "blank"), "Mark at least one answer"),
            ({"checked_on": "2999-01-01"}, "has not come yet"),
            ({"checked_on": "2020-01-01"}, "nobody can have answered it before"),
            ({"method": "photo_id_face_match"}, "Select a valid choice"),
            ({"reference": ""}, "This field is required"),
            ({"shown": "another"}, "have changed since this page was opened"),
            ({"signer_name": "--"}, "Type the name"),
        ],
    )
    def test_a_form_that_cannot_be_says_so(
        self, office: Client, child: Student, given: dict[str, str], words: str
    ) -> None:
        """The page comes back with what was typed, and nothing is recorded."""
        guardian = families.guardian(child)
        answers = {kind: given.pop(kind) for kind in ("service", "audio", "ai", "third_party") if kind in given}
        page = send(office, guardian, child, **form_for(child, **answers) | given)
        assert page.status_code == 422
        assert words in page.content.decode()
        assert not Answer.objects.exists()

    def test_the_notice_is_in_the_language_that_was_read(self, office: Client, child: Student) -> None:
        """The kept version is the one of the chosen language."""
        guardian = families.guardian(child, language="es")
        address = reverse("answer-record", args=[tie_of(guardian, child).id])
        digest = office.get(address).context["form"].digest
        office.post(address, form_for(child) | {"shown": digest, "language": "es"})
        assert all("/es/" in row.consent_text_version for row in ParentalConsent.objects.all())

    def test_an_open_request_can_still_be_answered(self, school: School, child: Student) -> None:
        """The link stays good: a parent who changes their mind online is heard."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        record(parent.guardian, {child.id: YES})
        assert reloaded(child).audio_recording_consent
        parent.answer(parent.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
        assert not reloaded(child).has_parental_consent
        assert status(child) is EffectiveStatus.REFUSED


class TestVerifying:
    """Answers that wait."""

    def test_sharing_that_no_mail_verifies_is_verified_by_a_call(
        self, office: Client, school: School, child: Student
    ) -> None:
        """After the mail's second step sharing still waits; the office's check puts it in force."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        confirmed(parent, child)
        assert not reloaded(child).data_sharing_consent
        tie = tie_of(parent.guardian, child)
        page = office.get(reverse("answers-verify", args=[tie.id]))
        ((waits, _),) = page.context["form"].fields["consents"].choices
        form = {"consents": [waits], "method": "toll_free_call", "checked_on": today().isoformat()}
        assert (
            office.post(reverse("answers-verify", args=[tie.id]), form | {"reference": "Call log"}).status_code == 302
        )
        assert reloaded(child).data_sharing_consent
        row = ParentalConsent.objects.get(id=waits)
        assert (row.verification_method, row.consent_type) == ("toll_free_call", "third_party_disclosure")
        assert EvidencedConsent.objects.get().consent_id == waits
        assert (
            "No answer of this person waits"
            in office.get(reverse("answers-verify", args=[tie.id]), follow=True).content.decode()
        )

    def test_a_second_step_that_never_came_is_made_up_for(self, school: School, child: Student) -> None:
        """The request is verified, its mailed link does nothing more, and a receipt goes out."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        parent.answer(parent.link(), answers_for(child))
        link = parent.link("/c/v/")
        ids = list(Answer.objects.values_list("consent_id", flat=True))
        done = verify_with_check(
            guardian_id=parent.guardian.id, student_id=child.id, consent_ids=ids, checked=check(), by=ADMIN, now=now()
        )
        assert done == 4
        assert reloaded(child).data_sharing_consent
        assert Invitation.objects.get().verified_at
        assert AuditLog.objects.filter(event_type="consent.verified").count() == 1
        parent.post(link, {})
        assert AuditLog.objects.filter(event_type="consent.verified").count() == 1
        assert len(parent.letters()) == 3

    def test_a_row_of_another_service_can_be_verified(self, child: Student) -> None:
        """It belongs to the guardian with its address."""
        guardian = families.guardian(child, email="maria@home.example")
        row = make.consent(student=child, parent_email="maria@home.example", verified_at=None)
        verify_with_check(
            guardian_id=guardian.id, student_id=child.id, consent_ids=[row.id], checked=check(), by=ADMIN, now=now()
        )
        assert status(child) is EffectiveStatus.ACTIVE
        assert reloaded(child).has_parental_consent

    def test_another_guardians_answer_is_not_verified(self, school: School, child: Student) -> None:
        """An id that is not the guardian's own is as good as none."""
        mother, father = Parent(families.guardian(child)), families.guardian(child)
        ask(school, child)
        mother.answer(mother.link(), answers_for(child))
        ids = list(Answer.objects.values_list("consent_id", flat=True))
        with pytest.raises(UnfitAnswers):
            verify_with_check(
                guardian_id=father.id, student_id=child.id, consent_ids=ids, checked=check(), by=ADMIN, now=now()
            )
        assert not reloaded(child).has_parental_consent

    def test_a_check_before_the_answer_is_refused(self, office: Client, school: School, child: Student) -> None:
        """Nobody confirms what was not said yet."""
        parent = Parent(families.guardian(child))
        ask(school, child)
        parent.answer(parent.link(), answers_for(child))
        tie = tie_of(parent.guardian, child)
        form = {
            "consents": list(Answer.objects.values_list("consent_id", flat=True)),
            "method": "in_person_id_check",
            "checked_on": (today() - timedelta(days=3)).isoformat(),
            "reference": "Desk",
        }
        page = office.post(reverse("answers-verify", args=[tie.id]), form)
        assert page.status_code == 422
        assert "cannot be older than the answer" in page.content.decode()
