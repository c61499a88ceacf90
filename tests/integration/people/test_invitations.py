"""Invitations: sent by mail, accepted once, sent again, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.models import State as MailState
from classwaves_admin.notifications.outcomes import FAILED
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.people.emails import build_invited
from classwaves_admin.people.models import Invitation, InvitationLink
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School, SystemEvent, Teacher
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import mails, people
from tests.mails.fixtures import smtp
from tests.mails.server import Server

__all__ = ["smtp"]
pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"]),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
NEW = {"email": "New@Harbour.example", "name": "Nell New", "role": "district_admin", "district": "d-1"}
JOIN = {"name": "Nell New", "way": "password", "password": "five otters on the harbour wall"}


def invited(client: Client, **given: object) -> Invitation:
    """Invite somebody by the form."""
    answer = client.post(reverse("invitation-new"), {**NEW, **given})
    assert answer.status_code == 302, answer.content.decode()
    return Invitation.objects.latest("created_at")


def link(invitation: Invitation) -> str:
    """Build the mail's link, as the worker does."""
    return "/join/" + build_invited(refers_to=invitation.pk, now=now())["link"].partition("/join/")[2]


def test_from_the_mail_to_the_role(dana: Client, school: School) -> None:
    """Looking changes nothing, accepting gives account and role, and the link is spent."""
    invitation = invited(dana)
    with system_scope(reason="test"):
        mail = OutgoingMail.objects.get(kind="people.invited")
        assert mail.address == "new@harbour.example"
        assert (mail.context["person"], mail.context["place"]) == ("Dana", "Harbour District")
    address = link(invitation)
    stranger = Client()
    page = stranger.get(address)
    for _ in range(3):
        assert (page.status_code, page["Referrer-Policy"]) == (200, "strict-origin")
        assert stranger.head(address).status_code == 200
    assert "District administrator" in page.content.decode()
    assert "Harbour District" in page.content.decode()
    assert not User.objects.filter(email="new@harbour.example").exists()
    assert stranger.post(address, JOIN | {"password": "short"}).status_code == 422
    assert stranger.post(address, JOIN)["Location"] == reverse("account_login")
    held = Membership.objects.get(user__email="new@harbour.example")
    assert (held.role, held.district_id, str(held.granted_by)) == ("district_admin", "d-1", "Dana")
    assert held.user.check_password(JOIN["password"])
    assert stranger.get(address).status_code == 404
    assert "Accepted" in dana.get(reverse("invitation-list")).content.decode()
    assert InvitationLink.objects.count() == 0


def test_staff_get_their_row_when_they_accept(dana: Client, school: School) -> None:
    """Before that no other service takes the address for one of staff; a suspension is not lifted."""
    invitation = invited(dana, role="teacher", district="", schools=[school.pk])
    with system_scope(reason="test"):
        assert not Teacher.objects.filter(email="new@harbour.example").exists()
    Client().post(link(invitation), JOIN)
    delivery.deliver()
    with system_scope(reason="test"):
        row = Teacher.objects.get(email="new@harbour.example")
    assert (row.role, row.status, row.school_id) == ("teacher", "active", school.pk)
    stopped = make.teacher(school=school, email="stop@harbour.example")
    again = invited(dana, email="stop@harbour.example", role="school_admin", district="", schools=[school.pk])
    dana.post(reverse("staff-change", args=[stopped.pk]), {"role": "teacher", "status": "suspended"})
    delivery.deliver()
    answer = Client().post(link(again), JOIN)
    assert answer.status_code == 410
    assert "Your school has suspended this account" in answer.content.decode()
    delivery.deliver()
    with system_scope(reason="test"):
        assert Teacher.objects.get(pk=stopped.pk).status == "suspended"
        assert Teacher.objects.filter(email="stop@harbour.example").count() == 1
    again.refresh_from_db()
    assert again.accepted_at is None


@pytest.mark.parametrize("status", ["deactivated", "suspended"])
def test_who_could_not_sign_in_is_not_invited(dana: Client, school: School, status: str) -> None:
    """Whoever a school has stopped is made active there first; of a foreign school nothing is told but that."""
    here = make.teacher(school=school, email="Left@harbour.example", status=status)
    foreign = make.school(name="Hill School")
    there = make.teacher(school=foreign, email="far@hill.example", status=status)
    as_teacher = {"role": "teacher", "district": "", "schools": [school.pk]}

    def refused(**given: object) -> str:
        answer = dana.post(reverse("invitation-new"), {**NEW, **given})
        assert answer.status_code == 422
        return answer.content.decode()

    for given in ({}, as_teacher):
        page = refused(email="left@harbour.example", **given)
        assert f'<a href="{reverse("person-staff", args=[here.pk])}">' in page
    page = refused(email="far@hill.example")
    assert "Nobody can sign in with this address at present" in page
    assert not any(word in page for word in ("Hill School", foreign.pk, there.pk))
    assert not Invitation.objects.exists()
    dana.post(reverse("staff-change", args=[here.pk]), {"role": "teacher", "status": "active"})
    delivery.deliver()
    invited(dana, email="left@harbour.example")


def test_who_has_left_one_school_may_come_to_another(dana: Client, school: School) -> None:
    """The row that they get there lets them in."""
    make.teacher(school=make.school(), email="new@harbour.example", status="deactivated")
    Client().post(link(invited(dana, role="school_admin", district="", schools=[school.pk])), JOIN)
    delivery.deliver()
    standing = standing_of(User.objects.get(email="new@harbour.example"), today=now().date())
    assert (standing.access.role, standing.access.scope.schools) == (Role.SCHOOL_ADMIN, (school.pk,))


@pytest.mark.parametrize(
    ("held", "role", "expected"),
    [
        ("teacher", "school_admin", "admin"),
        ("admin", "teacher", "admin"),
        ("super_admin", "school_admin", "super_admin"),
        ("aide", "teacher", "teacher"),
    ],
)
def test_an_accepted_invitation_lowers_nobody(
    dana: Client, school: School, held: str, role: str, expected: str
) -> None:
    """Who is an administrator already stays one; a word that the portal does not know gives way."""
    row = make.teacher(school=school, email="new@harbour.example", role=held)
    Client().post(link(invited(dana, role=role, district="", schools=[school.pk])), JOIN)
    delivery.deliver()
    with system_scope(reason="test"):
        assert Teacher.objects.get(pk=row.pk).role == expected


def test_a_link_ends_and_is_sent_again_or_taken_back(
    dana: Client, school: School, browser: Callable[[User], Client]
) -> None:
    """After its days it is gone; a fresh one works and the old one does not; taken back neither does."""
    invitation = invited(dana)
    first = link(invitation)
    with time_machine.travel(now() + timedelta(days=7), tick=False):
        assert Client().get(first).status_code == 410
        dana = browser(User.objects.get(email="dana@district.example"))
        dana.post(reverse("invitation-resend", args=[invitation.pk]))
        second = link(invitation)
        assert Client().get(first).status_code == 404
        assert Client().get(second).status_code == 200
        dana.post(reverse("invitation-revoke", args=[invitation.pk]))
        assert Client().post(second, JOIN).status_code == 404
    assert not User.objects.filter(email="new@harbour.example").exists()


def test_who_has_an_account_keeps_the_password(dana: Client, school: School) -> None:
    """The link gives the role alone; what is sent as a password changes nothing."""
    known = people.account("new@harbour.example")
    Client().post(link(invited(dana)), JOIN)
    known.refresh_from_db()
    assert known.check_password(people.PASSWORD)
    assert Membership.objects.get(user=known).district_id == "d-1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "more@classwaves.example"},
        {"role": "auditor"},
        {"role": "teacher", "district": "d-1"},
        {"role": "super_admin"},
        {"district": "d-2"},
    ],
)
def test_what_cannot_be_invited(dana: Client, sam: Client, school: School, wrong: dict[str, str]) -> None:
    """ClassWaves' own, an auditor without an end, staff of no school, foreign districts: 422, with what was typed."""
    answer = dana.post(reverse("invitation-new"), NEW | wrong)
    assert answer.status_code == 422
    assert 'value="Nell New"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_classwaves_makes_district_administrators_and_the_district_is_told(
    dana: Client, sam: Client, school: School, browser: Callable[[User], Client]
) -> None:
    """Nobody else, and not itself: the others hear of it by mail. A school's admin invites for the school alone."""
    assert sam.post(reverse("invitation-new"), NEW | {"role": "auditor"}).status_code == 422
    assert sam.post(reverse("invitation-new"), NEW | {"email": "me@classwaves.example"}).status_code == 422
    invited(sam)
    with system_scope(reason="test"):
        assert OutgoingMail.objects.get(kind="people.joined").address == "dana@district.example"
    admin = browser(people.staff("admin", school=school, email="admin@harbour.example")[0])
    assert admin.post(reverse("invitation-new"), NEW).status_code == 422
    assert "new@harbour.example" not in admin.get(reverse("invitation-list")).content.decode()


def test_a_districts_first_administrator_is_no_stranger(
    sam: Client, school: School, browser: Callable[[User], Client]
) -> None:
    """An address at no domain of the district needs a reason, and the offices of its schools hear of it at once."""
    stranger = NEW | {"email": "eve@elsewhere.example"}
    answer = sam.post(reverse("invitation-new"), stranger)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "elsewhere.example is none of its mail domains (harbour.example)" in page
    assert 'value="Nell New"' in page
    assert not Invitation.objects.exists()
    invited(sam, **stranger, reason="The board appointed a consultant.")
    with system_scope(reason="test"):
        assert OutgoingMail.objects.get(kind="people.first_invited").address == school.admin_email
    dana = browser(people.member("district_admin", email="dana@district.example", district="d-1"))
    assert "The board appointed a consultant." in dana.get(reverse("invitation-list")).content.decode()


def test_an_address_of_the_district_needs_no_reason(sam: Client, school: School) -> None:
    """At a school's own domain; the offices hear of it all the same."""
    assert invited(sam).reason == ""
    with system_scope(reason="test"):
        assert OutgoingMail.objects.filter(kind="people.first_invited").count() == 1


def told(client: Client) -> str:
    """Return what the list says, in one line."""
    return " ".join(strip_tags(client.get(reverse("invitation-list")).content.decode()).split())


def test_the_list_says_what_became_of_the_mail(
    dana: Client, school: School, smtp: Server, browser: Callable[[User], Client]
) -> None:
    """The newest of each invitation, with the reason in words; what the district is told besides is none of it."""
    smtp.handler.rcpt = ["550 no such user"]
    mistyped = invited(dana, email="nwe@harbour.example")
    with system_scope(reason="test"):
        joined = {"kind": "people.joined", "refers_to": mistyped.pk, "school_id": ""}
        mails.outgoing(school, **joined, created_at=now() + timedelta(seconds=1))
    assert "Mail on its way" in told(dana)
    with system_scope(reason="test"):
        deliver_due()
        delivery.deliver()
        event = SystemEvent.objects.get(event_type=FAILED)
    assert (event.component, event.school_id) == ("mail", None)
    assert "people.invited" in event.message
    assert "nwe@" not in str(vars(event))
    said = "Could not be delivered The mail server refused it for good (550)"
    office = browser(people.staff("admin", school=school, email="office@harbour.example")[0])
    assert said in told(dana)
    assert said not in told(office)  # the district's invitation is none of the school's
    smtp.handler.rcpt = []
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        dana.post(reverse("invitation-resend", args=[mistyped.pk]))
        assert "Mail on its way" in told(dana)
        with system_scope(reason="test"):
            deliver_due()
        said = told(dana)
        assert " Sent " in said
        assert "Could not" not in said


def test_a_mail_that_nobody_wants_any_more_or_that_came_back_is_told_so(dana: Client, school: School) -> None:
    """Without a mail there is nothing to tell."""
    invited(dana)
    with system_scope(reason="test"):
        OutgoingMail.objects.update(state=MailState.RETURNED, failure_reason="returned")
        assert "Could not be delivered It came back from the address" in told(dana)
        OutgoingMail.objects.update(state=MailState.RETURNED, failure_reason="complaint")
        assert "Came back or was reported The receiver reported it" in told(dana)
        OutgoingMail.objects.update(state=MailState.CANCELLED, failure_reason="stopped_by_staff")
        assert "No longer wanted Stopped by a person" in told(dana)
        OutgoingMail.objects.all().delete()
    assert "Waits for an answer" in told(dana)


def test_the_mails_of_a_long_list_cost_one_query(dana: Client, school: School) -> None:
    """However many invitations there are."""

    def reads() -> list[str]:
        with CaptureQueriesContext(connections["default"]) as queries:
            told(dana)
        return [query["sql"] for query in queries]

    invited(dana)
    reads()
    first = len(reads())
    for number in range(3):
        invited(dana, email=f"new{number}@harbour.example")
    reads()
    assert len(more := reads()) == first
    assert sum("outgoingmail" in sql for sql in more) == 1


def test_the_same_invitation_is_not_sent_twice(dana: Client, school: School) -> None:
    """The form says to send it again from the list."""
    invited(dana)
    answer = dana.post(reverse("invitation-new"), NEW)
    assert answer.status_code == 422
    assert "send it again from the list" in answer.content.decode()


def test_an_invitation_does_not_outlive_the_inviters_access(dana: Client, school: School) -> None:
    """Who is let go cannot come back by an invitation that they sent to themselves before."""
    address = link(invited(dana))
    Membership.objects.filter(user__email="dana@district.example").update(ends_on=now().date() - timedelta(days=1))
    answer = Client().post(address, JOIN)
    assert answer.status_code == 410
    assert not User.objects.filter(email="new@harbour.example").exists()
