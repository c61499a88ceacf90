"""Asking guardians from the list and from a record: the numbers first, then the mails."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib import clock
from classwaves_admin.warehouse.models import NotificationQueue, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.models import Invitation
from consent.rules.asking import Skip
from tests.factories import catalog as make
from tests.factories import families, people

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
ASK = "student-ask"


@pytest.fixture
def office(school: School) -> Client:
    """The school's admin, signed in."""
    client = Client()
    client.force_login(people.staff("admin", school=school, email="office@harbour.example")[0])
    return client


def student(school: School, name: str = "Ben Adeyemi") -> Student:
    """Save a student of fifteen."""
    saved = make.student(school=school, display_name=name)
    make.coppa(student=saved, birth_year=clock.now().year - 15, is_under_13=False)
    return saved


def post(client: Client, *children: Student, **more: Any) -> Any:
    """Send the form of the list with these students chosen."""
    return client.post(reverse(ASK), {"student": [child.id for child in children], **more}, follow=True)


def test_the_numbers_come_before_anything_is_sent(school: School, office: Client) -> None:
    """The question counts mails and everyone left out, by reason; nothing is written yet."""
    asked, restricted, silent, alone, twin = (student(school, f"Child {n}") for n in range(5))
    families.guardian(asked, twin)
    families.request(families.guardian(asked), asked)
    families.guardian(restricted, restricted=True)
    families.guardian(silent, email="")
    page = post(office, asked, restricted, silent, alone, twin)
    plan = page.context["plan"]
    assert (len(plan.askable), plan.children, plan.without_guardian) == (1, 2, 1)
    assert plan.skipped == {Skip.OUTSTANDING: 1, Skip.RESTRICTED: 1, Skip.NO_ADDRESS: 1}
    assert "Send 1 e-mail" in page.content.decode()
    assert Invitation.objects.count() == 1
    assert not NotificationQueue.objects.exists()


def test_confirming_sends_one_request_to_each_guardian_and_says_so(school: School, office: Client) -> None:
    """After the confirmation the mails wait to be sent and the page the person came from tells how many."""
    first, second = student(school, "Ana"), student(school, "Ben")
    families.guardian(first, second)
    back = reverse("student-detail", args=[first.id])
    page = post(office, first, second, confirmed="yes", next=back)
    assert page.redirect_chain == [(back, 302)]
    assert "1 guardian is asked about 2 students." in page.content.decode()
    assert Invitation.objects.count() == NotificationQueue.objects.count() == 1


def test_asking_twice_asks_once(school: School, office: Client) -> None:
    """A second confirmation sends nothing and says why."""
    child = student(school)
    families.guardian(child)
    post(office, child, confirmed="yes")
    page = post(office, child, confirmed="yes")
    assert "Nobody was asked" in page.content.decode()
    assert Invitation.objects.count() == 1


def test_with_nobody_to_ask_there_is_no_button_to_send(school: School, office: Client) -> None:
    """A student without guardians gives a way back and no way on."""
    page = post(office, student(school)).content.decode()
    assert "Nobody can be asked now" in page
    assert 'name="confirmed"' not in page


def test_without_a_choice_nothing_happens(office: Client) -> None:
    """An empty selection is told in words."""
    assert "Choose at least one student first" in post(office).content.decode()


def test_students_of_other_schools_and_former_ones_do_not_count(school: School, office: Client) -> None:
    """Ids that the person may not see, or that have left, are as if they had not been sent."""
    other, gone = student(make.school()), make.student(school=school, status="inactive")
    for child in (other, gone):
        families.guardian(child)
    assert "Choose at least one" in post(office, other, gone, confirmed="yes").content.decode()
    assert not Invitation.objects.exists()


def test_an_incomplete_notice_is_told_and_nothing_is_sent(school: School, office: Client) -> None:
    """A child without a name that a mail may use blocks the sending, with words for what is missing."""
    child = student(school, " ")
    families.guardian(child)
    page = post(office, child, confirmed="yes")
    assert page.status_code == 409
    assert "a child’s display name" in page.content.decode()
    assert not Invitation.objects.exists()


def test_while_the_catalog_is_down_the_page_says_that_it_is_saved(school: School, office: Client) -> None:
    """What is asked while the warehouse refuses is kept, and said to appear shortly."""
    child = student(school)
    families.guardian(child)
    with patch.object(delivery, "apply", side_effect=OperationalError):
        page = post(office, child, confirmed="yes")
    assert "will appear in the catalog shortly" in page.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(office: Client, target: str) -> None:
    """A forged address to return to leads to the list."""
    assert post(office, next=target).redirect_chain[0][0] == reverse("student-list")


def test_a_teacher_may_not_ask(school: School) -> None:
    """Teachers ask nobody."""
    client = Client()
    client.force_login(people.staff("teacher", school=school, email="teacher@harbour.example")[0])
    assert post(client, student(school), confirmed="yes").status_code == 403
