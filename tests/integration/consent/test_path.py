"""The thin path: asked, mailed, answered, verified, on record."""

from __future__ import annotations

import json

import pytest
import time_machine

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, NotificationTemplate, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import gateway
from consent.models import Answer, Invitation, Link, NoticeText
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import consents_of, facts_of
from consent.rules.gate import may_analyse, may_record
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def events() -> list[str]:
    """Return the names of all events, oldest first."""
    return list(AuditLog.objects.order_by("event_timestamp", "id").values_list("event_type", flat=True))


def test_a_yes_goes_from_the_office_to_the_flags(school: School, child: Student) -> None:
    """Asked, answered and confirmed by mail, a consent stands in the catalog, the flags and the log."""
    parent = Parent(families.guardian(child, name="María López"))
    asked = ask(school, child)
    assert (len(asked.invitation_ids), asked.children, asked.skipped) == (1, 1, {})

    page = parent.link()
    assert parent.get(page).status_code == 200
    answered = parent.answer(page, answers_for(child, third_party="no"), follow=True)
    assert answered.redirect_chain == [(f"{page}thanks/?lang=en", 302)]
    assert not reloaded(child).has_parental_consent
    rows = {row.consent_type: row for row in ParentalConsent.objects.all()}
    assert {kind: row.consent_given for kind, row in rows.items()} == {
        "service_collection_use": True,
        "audio_recording": True,
        "ai_analysis": True,
        "third_party_disclosure": False,
    }
    assert {row.verified_at for row in rows.values()} == {None}

    confirm = parent.link("/c/v/")
    assert ParentalConsent.objects.get(consent_type="audio_recording").verification_token
    done = parent.post(confirm, {}, follow=True)
    assert b"Confirmed" in done.content

    row = ParentalConsent.objects.get(consent_type="audio_recording")
    assert row.verified_at
    assert (row.verification_method, row.verification_token, row.parent_name) == ("email_plus", None, "María López")
    assert row.consent_text_version == NoticeText.objects.get(consent_type="audio_recording").version
    assert NotificationTemplate.objects.filter(name=row.consent_text_version).exists()
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent, student.data_sharing_consent) == (
        True,
        True,
        False,
    )
    assert student.consent_date == row.consent_date
    assert [letter.subject for letter in parent.letters()] == [
        "Harbour School asks for your consent for Ana",
        "Please confirm your answers for Ana",
        "Your answers for Ana are on record",
    ]
    assert sorted(events()) == sorted(
        [
            "consent.requested",
            "notice.sent",
            "consent.viewed",
            "consent.granted",
            "consent.refused",
            "consent.verified",
        ]
    )
    about = circumstances_of({child.id: child.school_id}, now())[child.id]
    facts = facts_of(consents_of([child.id])[child.id])
    assert may_record(facts, about, now())
    assert may_analyse(facts, about, now())


def test_the_log_holds_no_name_address_or_token(school: School, child: Student) -> None:
    """Audit rows of the whole path carry ids and codes alone."""
    parent = Parent(families.guardian(child, name="María López", email="maria@home.example"))
    ask(school, child)
    first, _ = parent.link(), parent.answer(parent.link(), answers_for(child))
    second = parent.link("/c/v/")
    parent.post(second, {})
    log = " ".join(
        f"{row.actor_id} {row.description} {row.resource_id} {row.data_accessed} {row.affected_student_ids}"
        for row in AuditLog.objects.all()
    )
    for secret in ("María", "López", "Ana", "maria@", first.split("/")[-2], second.split("/")[-2]):
        assert secret not in log
    granted = AuditLog.objects.get(event_type="consent.granted")
    assert json.loads(granted.affected_student_ids or "") == [child.id]
    assert (granted.actor_id, granted.actor_type) == (parent.guardian.id, "parent")


def test_no_token_or_code_is_stored(school: School, child: Student) -> None:
    """Neither database holds what stands in the mails: a link or a code."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    token, code = parent.link().split("/")[-2], parent.code()
    stored = " ".join(str(vars(row)) for model in (Invitation, Link, Answer) for row in model.objects.all())
    assert len(token) == 43
    assert token not in stored
    assert code.replace(" ", "") not in stored.replace(" ", "")
    assert len(Link.objects.get().token_hash) == 64


def test_a_no_lowers_the_flags_before_anything_else_is_written(
    school: School, child: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of writes: for a no the student comes first, for a verified yes the student comes last."""
    written: list[str] = []
    for name in ("insert", "update"):
        real = getattr(gateway, name)

        def spy(*args: object, _real: object = real, **values: object) -> None:
            table = args[0] if isinstance(args[0], type) else type(args[0])
            written.append(table.__name__)
            _real(*args, **values)  # type: ignore[operator]

        monkeypatch.setattr(gateway, name, spy)
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    written.clear()
    parent.answer(page, answers_for(child, third_party="no"))
    of_answers = [table for table in written if table in {"Student", "ParentalConsent"}]
    assert of_answers[0] == "Student"
    assert of_answers.count("Student") == 1
    confirm = parent.link("/c/v/")
    written.clear()
    parent.post(confirm, {})
    about_child = [table for table in written if table != "NotificationQueue"]
    assert about_child[-1] == "Student"
    assert about_child.index("AuditLog") > about_child.index("ParentalConsent")


def test_a_no_to_everything_needs_no_second_step(school: School, child: Student) -> None:
    """All refused: nothing to confirm, and the next mail is the receipt."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    done = parent.answer(page, answers_for(child, service="no", audio="", ai="", third_party=""), follow=True)
    assert b"One more step" not in done.content
    assert parent.letters()[-1].subject == "Your answers for Ana are on record"
    assert set(ParentalConsent.objects.values_list("consent_given", flat=True)) == {False}
    assert ParentalConsent.objects.count() == 4


def test_the_receipt_names_the_day_of_the_schools_calendar(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """Answered on the evening of 4 March in New York, when it is 5 March in UTC already."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    frozen_now.move_to("2025-03-05T01:00:00Z")
    parent.answer(parent.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
    assert "on record since March 4, 2025." in parent.letters()[-1].body


def test_sharing_is_never_confirmed_by_mail(school: School, child: Student) -> None:
    """A yes to sharing stays unverified after the second step, and the page says that the school will call."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    thanks = parent.answer(parent.link(), answers_for(child), follow=True)
    assert b"stronger check" in thanks.content
    done = parent.post(parent.link("/c/v/"), {}, follow=True)
    assert b"stronger check" in done.content
    row = ParentalConsent.objects.get(consent_type="third_party_disclosure")
    assert (row.verified_at, row.verification_method, row.verification_token) == (None, "unverified", None)
    assert not reloaded(child).data_sharing_consent
