"""A school words its mails: draft, use, the portal's words where the school's cannot be used, two people at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.notifications.models import MailText, OutgoingMail, TextState
from classwaves_admin.notifications.sending import deliver
from classwaves_admin.notifications.text_actions import MOST_TRIALS
from classwaves_admin.notifications.trial import TRIAL
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, NotificationTemplate, School, SystemEvent
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import mails, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]
OWN = {"subject": "$school: your receipt", "text": "Dear parents,\n\n$answers\n\n$date, **$manage_url**", "note": ""}
VALUES = {
    "school": "Harbour School", "contact": "office@harbour.example", "notice_url": "https://p.example/n/", "own": "",
    "manage_url": "https://p.example/m/", "children": "Sam", "answers": "Sam\n- yes", "date": "March 4, 2025",
}  # fmt: skip


@pytest.fixture
def school() -> School:
    """Save a school."""
    return make.school(name="Harbour School", domain="harbour.example")


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of the school's administrator."""
    return browser(people.staff("admin", school=school, email="a@harbour.example")[0])


def browser(user: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def address(school: School, step: str = "") -> str:
    """Return the address of the receipt in English, or of a step of it."""
    return f"/templates/{school.pk}/consent.receipt/en/{step}"


def key(office: Client, school: School) -> str:
    """Return what the form sends back about the state of the text."""
    return str(office.get(address(school)).context["form"]["key"].value())


def save(office: Client, school: School, **changed: str) -> Any:
    """Save a draft as the form does."""
    return office.post(address(school), OWN | {"key": key(office, school)} | changed)


def receipt(school: School, **changed: str) -> OutgoingMail:
    """Queue a receipt, as consent does."""
    with system_scope(reason="test"), transaction.atomic():
        mail_id = queue_mail(
            kind="consent.receipt",
            recipient=Recipient("p@home.example", "guardian-1", "en"),
            context=VALUES | changed,
            school_id=school.pk,
            refers_to="invitation-1",
            now=now(),
        )
        return OutgoingMail.objects.get(pk=mail_id)


def words(mail: OutgoingMail) -> NotificationQueue:
    """Return what the catalog keeps of a mail."""
    delivery.deliver()
    return NotificationQueue.objects.get(pk=mail.pk)


def test_a_text_is_written_used_and_followed_by_the_portals_again(school: School, office: Client) -> None:
    """Mails are in the words that are in use when they are written; catalog and log tell of each step."""
    assert "The text of ClassWaves is in use" in office.get(address(school)).content.decode()
    assert save(office, school).status_code == 302
    assert words(receipt(school)).subject == "Your answers for Sam are on record"
    assert "2 mails of this kind" not in office.get(address(school, "activate/")).content.decode()
    office.post(address(school, "activate/"), {"key": key(office, school)})
    mail = receipt(school)
    copy = words(mail)
    assert (copy.subject, mail.text_id != "") == ("Harbour School: your receipt", True)
    assert copy.content.startswith("Harbour School, through ClassWaves")
    assert "Dear parents," in copy.content
    assert "Questions? Write to office@harbour.example." in copy.content
    row = NotificationTemplate.objects.get(pk=copy.template_id)
    assert (row.is_active, row.variables, row.version) == (True, ["school", "answers", "date", "manage_url"], 1)
    office.post(address(school, "shipped/"), {"key": key(office, school)})
    assert words(receipt(school)).subject == "Your answers for Sam are on record"
    assert not NotificationTemplate.objects.get(pk=row.pk).is_active
    with system_scope(reason="test"):
        steps = AuditLog.objects.filter(event_type="settings.changed").order_by("event_timestamp", "id")
        assert [f'"step":"{step}"' in (one.data_accessed or "").replace(" ", "") for one, step in zip(
            steps, ("draft_saved", "activated", "shipped_again"), strict=True
        )] == [True] * 3  # fmt: skip


def test_an_adult_student_gets_the_portals_words(school: School) -> None:
    """A school's text speaks of "your child"."""
    mails.text(
        school, kind="consent.receipt", state=TextState.ACTIVE, number=1, **{k: OWN[k] for k in ("subject", "text")}
    )
    assert receipt(school, own="own").text_id == ""
    assert receipt(school).text_id != ""


def test_a_text_with_faults_is_kept_and_never_used(school: School, office: Client) -> None:
    """It says what is wrong at its place; using it is refused."""
    save(office, school, text="$answers\n\n$surname <b>x</b>")
    page = office.get(address(school)).content.decode()
    assert "Text, line 3: $surname is not a slot of this mail." in page
    assert "$date is missing: the day must stand in the mail." in page
    assert 'href="#id_text"' in page
    office.post(address(school, "activate/"), {"key": key(office, school)})
    with system_scope(reason="test"):
        assert MailText.objects.get().state == TextState.DRAFT


def test_what_cannot_be_used_is_replaced_by_the_portals_and_said(school: School, office: Client) -> None:
    """A text whose slots are no more: the mail goes out all the same, and once a day an event says so."""
    mails.text(school, kind="consent.receipt", state=TextState.ACTIVE, number=1, subject="$gone", text="$gone")
    for _ in range(2):
        mail = receipt(school)
        assert (words(mail).subject, mail.text_id) == ("Your answers for Sam are on record", "")
    with system_scope(reason="test"):
        event = SystemEvent.objects.get(event_type="mail.text_not_used")
        assert (event.school_id, event.severity) == (school.pk, "warning")
    page = office.get(f"/templates/{school.pk}/").content.decode()
    assert "Not used: has a fault" in page
    assert "the text of ClassWaves went out" in page


def test_a_mail_goes_out_in_the_words_in_which_it_was_written(
    school: School, office: Client, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes between writing and sending changes the next mails; HTML holds no HTML of the school's words."""
    monkeypatch.setattr("consent.emails.build_receipt", lambda **_: {})
    own = {"subject": "$school: one", "text": "<i>Dear</i> $children\n\n$answers\n\n$date $manage_url"}
    first = mails.text(school, kind="consent.receipt", state=TextState.ACTIVE, number=1, **own)
    mail = receipt(school, children="<b>Sam</b>")
    with system_scope(reason="test"):
        MailText.objects.filter(pk=first.pk).update(state=TextState.PAST)
        monkeypatch.setattr("classwaves_admin.notifications.kinds.Kind.build", lambda *_, **__: {})
        assert deliver(mail_id=mail.pk, now=now())
    [sent] = mailoutbox
    html = str(sent.alternatives[0][0])
    assert sent.subject == "Harbour School: one"
    assert "&lt;i&gt;Dear&lt;/i&gt; <bdi>&lt;b&gt;Sam&lt;/b&gt;</bdi>" in html


def test_two_people_at_once_lose_nothing(school: School, office: Client) -> None:
    """The second one sees both texts and both ways on; nothing of the first is written over."""
    old = key(office, school)
    colleague = browser(people.staff("admin", school=school, email="b@harbour.example")[0])
    save(colleague, school, text="Theirs $answers $date $manage_url")
    answer = office.post(address(school), OWN | {"key": old})
    page = answer.content.decode()
    assert (answer.status_code, "Theirs $answers" in page, "Dear parents," in page) == (409, True, True)
    assert office.post(address(school), OWN | {"key": answer.context["form"]["key"].value()}).status_code == 302
    with system_scope(reason="test"):
        assert sorted(MailText.objects.values_list("state", flat=True)) == [TextState.DRAFT, TextState.PAST]


def test_the_preview_stands_in_a_frame_without_scripts(school: School, office: Client) -> None:
    """The page may frame its own; the frame's page runs nothing and loads nothing, and shows what was typed."""
    assert "frame-src 'self'" in office.get(address(school))["Content-Security-Policy"]
    frame = office.post(address(school, "frame/"), OWN)
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "Harbour School: your receipt" in frame.content.decode()
    live = office.post(address(school, "preview/"), OWN | {"text": "$date"}).content.decode()
    assert "$answers is missing" in live


def test_a_test_mail_goes_to_oneself_a_few_times_an_hour(school: School, office: Client, mailoutbox: list[Any]) -> None:
    """With samples, marked as a test, to the own address alone."""
    save(office, school)
    for _ in range(MOST_TRIALS + 1):
        office.post(address(school, "test/"))
    with system_scope(reason="test"):
        queued = list(OutgoingMail.objects.filter(kind=TRIAL))
        assert (len(queued), {mail.address for mail in queued}) == (MOST_TRIALS, {"a@harbour.example"})
        assert deliver(mail_id=queued[0].pk, now=now())
    assert mailoutbox[0].subject == "[Test] Harbour School: your receipt"
    assert "Sam\n- Take part in ClassWaves: yes" in mailoutbox[0].body


def test_an_earlier_text_is_written_again_and_compared(school: School, office: Client) -> None:
    """History only grows; any two texts can be compared."""
    past = mails.text(
        school, kind="consent.receipt", state=TextState.PAST, number=1, subject="Old", text="$answers old"
    )
    page = office.get(address(school, f"history/?older=shipped&newer={past.pk}")).content.decode()
    assert "<ins>" in page
    assert office.get(address(school, f"history/{past.pk}/")).status_code == 200
    office.post(address(school, "again/"), {"text": past.pk, "key": key(office, school)})
    with system_scope(reason="test"):
        assert MailText.objects.get(state=TextState.DRAFT).text == "$answers old"
    assert office.get(f"/templates/{school.pk}/consent.nothing/en/").status_code == 404
    assert office.get(f"/templates/{school.pk}/consent.receipt/xx/").status_code == 404


def test_texts_of_other_services_are_shown_with_their_faults(school: School) -> None:
    """Odd variables are named; nothing is read as HTML; the portal's own rows are left out."""
    make.notification_template(name="odd", category="x", variables=["surname"], body_template="<b>$surname</b>")
    make.notification_template(name="ours", category="mail")
    page = browser(people.member("super_admin", email="s@office.example")).get("/system/templates/").content.decode()
    assert "Variables that the portal does not know: surname" in page
    assert "&lt;b&gt;$surname" in page
    assert "ours" not in page.partition("<main")[2].partition("<footer")[0]
