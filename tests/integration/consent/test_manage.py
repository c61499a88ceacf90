"""A guardian comes back: the link by mail, what is on record, answering again, taking back, the receipt."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student
from consent.actions.close import close_invitations
from consent.models import Answer, Guardian, Guardianship, Invitation, Link, LinkRequest, Withdrawal
from consent.models.links import Purpose
from consent.queries.own_answers import child_key
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, hidden, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

ALL = [kind.value for kind in (ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI)]


def answered(*children: Student, guardian: Guardian | None = None, **given: str) -> Parent:
    """Return a parent who has answered and confirmed."""
    parent = Parent(guardian or families.guardian(*children))
    ask(School.objects.get(pk=children[0].school_id), *children)
    parent.answer(parent.link(), answers_for(*children, **given or {"third_party": "no"}))
    parent.post(parent.link("/c/v/"), {})
    parent.letters()
    return parent


def link_of(parent: Parent) -> str:
    """Ask for a link to manage and return its path."""
    parent.post("/c/manage/", {"address": parent.guardian.email})
    return parent.link("/c/m/")


def take_back(parent: Parent, path: str, types: dict[Student, list[str]], choice: str = "keep") -> Any:
    """Send the form that takes consents back."""
    form: dict[str, Any] = dict(hidden(parent.get(f"{path}withdraw/")))
    form |= {f"take-{child_key(child.id)}": kinds for child, kinds in types.items()}
    return parent.browser.post(f"{path}withdraw/", form | {"data_choice": choice}, follow=True)


def test_the_link_shows_each_child_with_the_own_answers(school: School, child: Student) -> None:
    """Siblings stand under their first names, with each answer, its dates and its end."""
    brother = make.student(school=school, display_name="Leo Lopez")
    parent = answered(child, brother)
    page = parent.get(link_of(parent))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Ana" in text
    assert "Leo" in text
    assert "Lopez" not in text
    assert text.count("Yes. It is in force.") == 6
    assert text.count('<strong class="cw-said__word">No.</strong>') == 2
    assert "E-mail with a second step" in text
    for name, value in (("Cache-Control", "no-store"), ("Referrer-Policy", "strict-origin")):
        assert value in page[name]


def test_the_link_works_until_its_time_is_over(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """As often as needed for CONSENT_MANAGE_HOURS; then the page says so and leads to a fresh link."""
    parent = answered(child)
    path = link_of(parent)
    frozen_now.shift(timedelta(hours=settings.CONSENT_MANAGE_HOURS - 1))
    assert [parent.get(path).status_code for _ in range(3)] == [200, 200, 200]
    frozen_now.shift(timedelta(hours=1))
    late = parent.get(path)
    assert late.status_code == 410
    assert "/c/manage/" in late.content.decode()
    assert "Ana" not in late.content.decode()


def test_the_page_never_tells_whether_an_address_is_on_file(school: School, child: Student) -> None:
    """The same page and the same statements for an address with answers, one without, and a stranger's."""
    parent, silent = answered(child), families.guardian(make.student(school=school))
    seen = []
    for address in (parent.guardian.email, silent.email, "stranger@home.example"):
        browser = Client()
        with CaptureQueriesContext(connections["default"]) as portal:
            page = browser.post("/c/manage/", {"address": address}, follow=True)
        words = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in portal.captured_queries]
        seen.append((page.content, page.redirect_chain, words))
    assert seen[0] == seen[1] == seen[2]
    mail.outbox.clear()
    assert [letter.subject for letter in parent.letters()] == ["See or change your answers"]
    assert {letter.to[0] for letter in mail.outbox} == {parent.guardian.email}
    assert not LinkRequest.objects.exists()


def test_a_fresh_link_takes_the_same_work_for_every_address(school: School, child: Student) -> None:
    """Whether a mail is queued is decided by the worker: the page sends the same statements either way."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        counts = []
        for address in (parent.guardian.email, "stranger@home.example"):
            with (
                CaptureQueriesContext(connections["default"]) as portal,
                CaptureQueriesContext(connections["warehouse"]) as catalog,
            ):
                assert Client().post("/c/fresh/", {"address": address}).status_code == 302
            counts.append((len(portal), len(catalog)))
        assert counts[0] == counts[1]
        assert counts[0][1] == 0


def test_nobody_fills_an_inbox_with_links_to_manage(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """One mail in ten minutes, four in a day."""
    parent = answered(child)
    before = len(parent.letters())
    for _ in range(9):
        parent.post("/c/manage/", {"address": parent.guardian.email})
        parent.post("/c/manage/", {"address": parent.guardian.email})
        parent.letters()
        frozen_now.shift(timedelta(minutes=61))
    assert len(parent.letters()) - before == 4


def test_a_sleeping_catalog_lets_a_wish_wait(school: School, child: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish is kept and served later; after a day it is forgotten."""
    from django.db import OperationalError

    from consent.actions import manage

    parent = answered(child)
    before = len(parent.letters())
    parent.post("/c/manage/", {"address": parent.guardian.email})
    with monkeypatch.context() as patch:
        patch.setattr(manage, "queue_manage", lambda *_, **__: (_ for _ in ()).throw(OperationalError("asleep")))
        assert len(parent.letters()) == before
        assert LinkRequest.objects.count() == 1
    assert len(parent.letters()) == before + 1
    parent.post("/c/manage/", {"address": "stranger@home.example"})
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        parent.letters()
    assert not LinkRequest.objects.exists()


def test_the_code_opens_the_same_page(school: School, child: Student) -> None:
    """Six digits with the address lead to the answers."""
    parent = answered(child)
    link_of(parent)
    opened = parent.post("/c/code/", {"code": parent.code(), "address": parent.guardian.email})
    page = parent.get(opened["Location"].partition("?")[0])
    assert opened["Location"].startswith("/c/m/")
    assert "Your answers" in page.content.decode()


def test_taking_back_takes_effect_at_once(school: School, child: Student) -> None:
    """Flags fall before the page answers, what rests on it ends too, and a mail confirms it."""
    parent = answered(child)
    done = take_back(parent, link_of(parent), {child: [ConsentType.AUDIO.value]})
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent) == (True, False)
    text = done.content.decode()
    assert "Taken back" in text
    assert "AI analysis of what my child says" in text
    assert "You chose to keep what was recorded so far." in text
    letter = parent.letters()[-1]
    assert letter.subject == "You took back your consent for Ana"
    assert "- Record and transcribe my child’s voice" in str(letter.body)
    assert "Lopez" not in str(letter.body)
    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.delete_data, withdrawal.due_at, withdrawal.way) == (False, None, "link")
    assert not AuditLog.objects.filter(event_type="request.deletion_received").exists()
    assert not CoppaCompliance.objects.filter(deletion_requested_at__isnull=False).exists()


def test_a_blank_in_the_notice_stops_no_withdrawal(school: School, child: Student) -> None:
    """Another service writes a period that cannot hold: the parent's no still ends it all, under the text they saw."""
    parent = answered(child)
    seen = dict(Answer.objects.values_list("consent_type", "notice_id"))
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=0, delete_after_days=0)
    done = take_back(parent, link_of(parent), {child: [ConsentType.AUDIO.value]})
    assert "Taken back" in done.content.decode()
    assert not reloaded(child).audio_recording_consent
    refusals = ParentalConsent.objects.filter(consent_given=False, consent_type__in=["audio_recording", "ai_analysis"])
    assert {row.consent_type: row.consent_text_version for row in refusals} == {
        kind: seen[kind] for kind in ("audio_recording", "ai_analysis")
    }


def test_another_services_consent_ends_with_a_no_under_its_own_notice(school: School, child: Student) -> None:
    """The portal does not have that text: the new row names it as the old one does, and the blank matters as little."""
    parent = Parent(families.guardian(child))
    make.consent(student=child, parent_email=parent.guardian.email, consent_text_version="classroom-terms 7")
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=0, delete_after_days=0)
    take_back(parent, link_of(parent), {child: [ConsentType.SERVICE.value]})
    refusal = ParentalConsent.objects.get(consent_given=False)
    assert (refusal.consent_text_version, Answer.objects.get(consent_id=refusal.id).notice) == (
        "classroom-terms 7",
        None,
    )


def test_delete_is_a_request_with_a_last_day(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """The age record, the log, the page and the mail name it; a second request keeps the first date."""
    parent = answered(child)
    path = link_of(parent)
    done = take_back(parent, path, {child: [ConsentType.AI.value]}, "delete").content.decode()
    assert "must be done by April 3, 2025" in done
    first = CoppaCompliance.objects.get(student=child).deletion_requested_at
    assert first == now()
    event = AuditLog.objects.get(event_type="request.deletion_received")
    assert json.loads(event.data_accessed or "")["due"] == (now() + timedelta(days=30)).isoformat()
    assert json.loads(event.data_accessed or "")["types"] == ["ai_analysis"]
    assert (event.compliance_basis, event.actor_id) == ("COPPA_312_6_PARENT", parent.guardian.id)
    assert "April 3, 2025" in str(parent.letters()[-1].body)
    assert "The school must be done by April 3, 2025." in parent.get(path).content.decode()
    frozen_now.shift(timedelta(hours=2))
    take_back(parent, path, {child: [ConsentType.SERVICE.value]}, "delete")
    assert CoppaCompliance.objects.get(student=child).deletion_requested_at == first
    assert AuditLog.objects.filter(event_type="request.deletion_received").count() == 2


def test_a_child_without_an_age_record_gets_one_with_the_request(school: School) -> None:
    """The request to delete is never lost for want of a row."""
    student = make.student(school=school, display_name="Kim Park")
    parent = answered(student)
    CoppaCompliance.objects.filter(student=student).exists()
    take_back(parent, link_of(parent), {student: ALL}, "delete")
    record = CoppaCompliance.objects.get(student=student)
    assert record.deletion_requested_at
    assert record.is_under_13


def test_nothing_is_chosen_beforehand_and_both_choices_are_asked(school: School, child: Student) -> None:
    """Neither a type nor keep or delete is ticked; an empty form says what is missing and keeps the rest."""
    parent = answered(child)
    path = f"{link_of(parent)}withdraw/"
    assert " checked" not in parent.get(path).content.decode()
    form = hidden(parent.get(path))
    empty = parent.browser.post(path, form)
    assert empty.status_code == 422
    assert "Choose what you want to take back." in empty.content.decode()
    assert "Choose to keep it or to delete it." in empty.content.decode()
    half = parent.browser.post(path, form | {f"take-{child_key(child.id)}": ["ai_analysis"]})
    assert half.status_code == 422
    assert half.content.decode().count(" checked") == 1
    spanish = parent.browser.post(
        path, form | {f"take-{child_key(child.id)}": ["ai_analysis"], "data_choice": "delete", "language": "es"}
    )
    assert spanish["Content-Language"] == "es"
    assert spanish.content.decode().count(" checked") == 2
    assert "Retirar para Ana" in spanish.content.decode()
    assert not Withdrawal.objects.exists()


def test_answering_again_goes_the_way_of_all_answers(school: School, child: Student) -> None:
    """A no counts at once; a new yes waits for its second step, while the old yes stands."""
    parent = answered(child)
    path = link_of(parent)
    opened = parent.post(f"{path}again/", {"child": child_key(child.id)})
    questions = opened["Location"].partition("?")[0]
    assert parent.get(questions).content.decode().count(" checked") == 0
    parent.answer(questions, answers_for(child, ai="no", third_party="no"))
    assert ParentalConsent.objects.filter(consent_type="ai_analysis", revoked_at__isnull=False).count() == 1
    assert reloaded(child).audio_recording_consent
    assert not ParentalConsent.objects.filter(consent_type="audio_recording", revoked_at__isnull=False).exists()
    parent.post(parent.link("/c/v/"), {})
    assert ParentalConsent.objects.filter(consent_type="audio_recording", revoked_at__isnull=False).count() == 1
    assert reloaded(child).audio_recording_consent
    text = parent.get(path).content.decode()
    assert text.count("Yes. It is in force.") == 2


def test_an_answer_after_a_no_to_everything(school: School, child: Student) -> None:
    """Who refused can say yes later, without being asked."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
    opened = parent.post(f"{link_of(parent)}again/", {"child": child_key(child.id)})
    parent.answer(opened["Location"].partition("?")[0], answers_for(child, third_party="no"))
    assert not reloaded(child).has_parental_consent
    parent.post(parent.link("/c/v/"), {})
    assert reloaded(child).audio_recording_consent


def test_answering_again_twice_uses_one_request(school: School, child: Student) -> None:
    """Pressing the button again opens the same request, and so does a request that the school has open."""
    parent = answered(child)
    path = link_of(parent)
    for _ in range(3):
        parent.post(f"{path}again/", {"child": child_key(child.id)})
    assert Invitation.objects.count() == 2


def test_another_guardian_is_never_shown(school: School, child: Student) -> None:
    """Neither name, address nor answer of the other guardian is shown; a yes that does not count says so."""
    father = families.guardian(child, name="Bo Secret", relationship="father")
    mother = answered(child)
    other = Parent(father)
    other.answer(other.link(), answers_for(child, audio="no", ai="", third_party="no"))
    text = mother.get(link_of(mother)).content.decode()
    assert "Secret" not in text
    assert father.email not in text
    assert text.count("It does not count just now. The school can tell you why.") == 2


@pytest.mark.parametrize("order", ["child", "everything"])
def test_a_court_order_opens_nothing(school: School, child: Student, order: str) -> None:
    """A restricted guardian's link opens no page, for reading or for writing, and no further mail goes out."""
    parent = answered(child)
    path = link_of(parent)
    form = hidden(parent.get(f"{path}withdraw/"))
    if order == "child":
        Guardianship.objects.update(restricted=True)
    else:
        Guardian.objects.update(restricted_at=now())
    mail.outbox.clear()
    for part in ("", "again/", "withdraw/", "withdrawn/", "receipt/"):
        for page in (parent.get(path + part), parent.browser.post(path + part, form)):
            assert page.status_code in {405, 410}
            assert "Ana" not in page.content.decode()
    with time_machine.travel(now() + timedelta(hours=2), tick=True):
        parent.post("/c/manage/", {"address": parent.guardian.email})
        assert parent.letters() == []
    assert not Withdrawal.objects.exists()


def test_an_order_about_one_child_takes_that_child_from_the_page(school: School, child: Student) -> None:
    """The sibling stays; nothing of the other child can be read, taken back or answered."""
    brother = make.student(school=school, display_name="Leo Lopez")
    make.coppa(student=brother, birth_year=now().year - 8)
    parent = answered(child, brother)
    path = link_of(parent)
    Guardianship.objects.filter(student_id=child.id).update(restricted=True)
    text = parent.get(path).content.decode()
    assert "Leo" in text
    assert "Ana" not in text
    refused = take_back(parent, path, {child: ALL})
    assert refused.status_code == 422
    parent.post(f"{path}again/", {"child": child_key(child.id)})
    assert Invitation.objects.count() == 1
    assert reloaded(child).has_parental_consent


def test_parents_of_an_adult_read_that_the_rights_have_passed(school: School, child: Student) -> None:
    """At 18 nothing of what was answered is shown or can be changed (34 CFR 99.5)."""
    parent = answered(child)
    path = link_of(parent)
    record = CoppaCompliance.objects.get(student=child)
    make.coppa(student=child, birth_year=now().year - 19, updated_at=now() + timedelta(minutes=1))
    assert record.birth_year
    text = parent.get(path).content.decode()
    assert "Your rights have passed to Ana" in text
    assert "in force" not in text
    assert parent.get(f"{path}withdraw/").status_code == 302
    parent.post(f"{path}again/", {"child": child_key(child.id)})
    assert Invitation.objects.count() == 1


def test_a_changed_address_ends_the_link(school: School, child: Student) -> None:
    """What lies in the old inbox opens nothing, and its code neither."""
    parent = answered(child)
    path, code = link_of(parent), parent.code()
    close_invitations(guardian_ids=[parent.guardian.id], now=now())
    assert parent.get(path).status_code == 410
    assert parent.post("/c/code/", {"code": code, "address": parent.guardian.email}).status_code == 422


def test_answers_that_staff_or_another_service_recorded_can_be_taken_back(school: School, child: Student) -> None:
    """Rows under the guardian's address have no invitation; the link reaches them all the same."""
    parent = Parent(families.guardian(child, email="Maria@home.example"))
    make.consent(student=child, parent_email="maria@HOME.example", consent_type="audio_recording")
    path = link_of(parent)
    assert parent.get(path).content.decode().count("in force") == 1
    take_back(parent, path, {child: [ConsentType.AUDIO.value]})
    assert ParentalConsent.objects.filter(consent_given=True, revoked_at=None).count() == 0


def test_a_guardian_without_an_answer_gets_no_mail(school: School, child: Student) -> None:
    """The mail is called off when it is built, so that the page could not tell."""
    parent = Parent(families.guardian(child))
    parent.post("/c/manage/", {"address": parent.guardian.email})
    assert parent.letters() == []
    assert OutgoingMail.objects.get(kind="consent.manage").failure_reason == "nothing_on_record"


def test_opening_the_page_asks_the_catalog_three_times_however_many_children(school: School) -> None:
    """The number of queries does not grow with the children."""
    counts = []
    for size in (1, 5):
        children = [make.student(school=school) for _ in range(size)]
        parent = answered(*children)
        path = link_of(parent)
        parent.get(path)
        with (
            CaptureQueriesContext(connections["warehouse"]) as catalog,
            CaptureQueriesContext(connections["default"]) as portal,
        ):
            assert parent.get(path).status_code == 200
        counts.append((len(catalog), len(portal)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 3


def test_the_mail_with_the_link_names_no_child(school: School, child: Student) -> None:
    """Anyone may have typed the address: the mail says nothing that its owner does not know."""
    parent = answered(child)
    link_of(parent)
    letter = parent.letters()[-1]
    for text in (letter.subject, str(letter.body), str(letter.alternatives[0][0])):
        assert "Ana" not in text
    assert Link.objects.filter(purpose=Purpose.MANAGE).count() == 1
    assert Answer.objects.filter(invitation=None).count() == 0
