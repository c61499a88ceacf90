"""Asking guardians from the list and from a record: the numbers first, then a campaign."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.lib import clock
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import NotificationQueue, School, Student
from consent.models import Campaign, CampaignGuardian, Invitation
from consent.rules.asking import Skip
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families, notices, people

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
ASK = "student-ask"
MOST_QUERIES = 3


@pytest.fixture
def office(school: School) -> Client:
    """The school's admin, signed in."""
    client = Client()
    client.force_login(people.staff("admin", school=school, email="office@harbour.example")[0])
    return client


def student(school: School, name: str = "Ben Adeyemi", **given: Any) -> Student:
    """Save a student of fifteen."""
    saved = make.student(school=school, display_name=name, **given)
    make.coppa(student=saved, birth_year=clock.now().year - 15, is_under_13=False)
    return saved


def post(client: Client, *children: Student, **more: Any) -> Any:
    """Send the form of the list with these students chosen."""
    return client.post(reverse(ASK), {"student": [child.id for child in children], **more}, follow=True)


def confirm(client: Client, *children: Student, **more: Any) -> Any:
    """Look at the numbers and press the button below them."""
    page = post(client, *children, **more)
    given = {name: page.context[name] for name in ("form_id",)} | {"expected": page.context["preview"].mails}
    return post(client, *children, confirmed="yes", **(more | given))


def test_the_numbers_come_before_anything_is_sent(school: School, office: Client) -> None:
    """The question counts mails and everyone left out, by reason; nothing is written yet."""
    asked, restricted, silent, alone, twin = (student(school, f"Child {n}") for n in range(5))
    families.guardian(asked, twin)
    families.request(families.guardian(asked), asked)
    families.guardian(restricted, restricted=True)
    families.guardian(silent, email="")
    page = post(office, asked, restricted, silent, alone, twin)
    preview = page.context["preview"]
    assert (preview.students, preview.mails, preview.children, preview.without_guardian) == (5, 1, 2, 1)
    assert preview.left_out == {Skip.OUTSTANDING: 1, Skip.RESTRICTED: 1, Skip.NO_ADDRESS: 1}
    text = page.content.decode()
    assert "Send 1 e-mail" in text
    for reason in preview.left_out:
        assert f"1 left out: {reason.label}" in text
    assert Invitation.objects.count() == 1
    assert not Campaign.objects.exists()
    assert not NotificationQueue.objects.exists()


def test_confirming_starts_a_campaign_with_a_frozen_list(school: School, office: Client) -> None:
    """The page of the campaign opens; who is to be asked stands there as ids, what was chosen as codes."""
    first, second = student(school, "Ana"), student(school, "Ben")
    guardian = families.guardian(first, second)
    page = confirm(office, first, second)
    campaign = Campaign.objects.get()
    assert page.redirect_chain == [(reverse("campaign-detail", args=[campaign.id]), 302)]
    assert (campaign.school_id, campaign.chosen, campaign.guardians, campaign.children) == (
        school.id,
        {"students": 2},
        1,
        2,
    )
    (on_list,) = CampaignGuardian.objects.filter(campaign=campaign)
    assert (on_list.guardian_id, sorted(on_list.student_ids)) == (guardian.id, sorted([first.id, second.id]))


def test_the_button_pressed_twice_starts_one_campaign(school: School, office: Client) -> None:
    """The same form leads to the same campaign, however often it is sent."""
    child = student(school)
    families.guardian(child)
    given = {"form_id": new_id(), "expected": 1, "confirmed": "yes"}
    first, second = post(office, child, **given), post(office, child, **given)
    assert Campaign.objects.count() == 1
    assert first.redirect_chain == second.redirect_chain


def test_numbers_that_changed_are_shown_again(school: School, office: Client) -> None:
    """Nobody confirms other numbers than they saw."""
    child = student(school)
    families.guardian(child)
    families.guardian(child)
    page = post(office, child, confirmed="yes", form_id=new_id(), expected=1)
    assert page.status_code == 409
    assert "The numbers have changed" in page.content.decode()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("form_id", ["", "x", "../" * 12, "a" * 37])
def test_a_form_that_is_not_ours_starts_nothing(school: School, office: Client, form_id: str) -> None:
    """Without the mark of the page with the numbers, the numbers come first."""
    child = student(school)
    families.guardian(child)
    assert post(office, child, confirmed="yes", form_id=form_id, expected=1).status_code == 200
    assert not Campaign.objects.exists()


def test_everyone_who_fits_the_filters_can_be_asked(school: School, office: Client) -> None:
    """Grade and state from the list's address; who was asked already does not fit "not asked"."""
    fits, other_grade, asked = (student(school, f"Child {n}", grade_level=grade) for n, grade in enumerate("676"))
    for child in (fits, other_grade, asked):
        families.guardian(child)
    families.request(families.guardian(asked), asked)
    filters = {"grade": "6", "standing": "not_asked"}
    number = office.get(f"{reverse('student-fitting')}?{urlencode(filters)}").content.decode()
    assert "Ask all 1 who fit" in number
    confirm(office, all="yes", **filters)
    campaign = Campaign.objects.get()
    assert campaign.chosen == filters
    assert [one.student_ids for one in CampaignGuardian.objects.all()] == [[fits.id]]


def test_the_whole_school_can_be_asked(school: School, office: Client) -> None:
    """Without a filter everyone of the own school fits, and nobody of another."""
    mine = [student(school, f"Child {n}") for n in range(3)]
    for child in (*mine, student(make.school())):
        families.guardian(child)
    confirm(office, all="yes")
    assert Campaign.objects.get().chosen == {}
    assert {one.student_ids[0] for one in CampaignGuardian.objects.all()} == {child.id for child in mine}


def test_a_name_that_was_searched_for_is_not_kept(school: School, office: Client) -> None:
    """The search stands in the session; the campaign knows only that there was one."""
    found, other = student(school, "Ana Lopez"), student(school, "Ben")
    families.guardian(found)
    families.guardian(other)
    office.post(reverse("student-search"), {"name": "Lopez"})
    key = next(iter(office.session["student_searches"]))
    confirm(office, all="yes", search=key)
    campaign = Campaign.objects.get()
    assert campaign.chosen == {"name": True}
    assert campaign.students == 1


def test_a_search_that_is_forgotten_asks_nobody(school: School, office: Client) -> None:
    """Where the session has ended, a search by name must not turn into the whole school."""
    families.guardian(student(school))
    page = post(office, all="yes", search="gone")
    assert "Choose at least one student first" in page.content.decode()


def test_a_district_asks_each_school_by_itself(school: School) -> None:
    """One campaign for each school; one whose notice has blanks is named and left out, the others go on."""
    make.district(pk="d-1")
    second, third = make.school(), make.school(admin_email="")
    for one in (school, second, third):
        make.setting(school=one, key="district_id", value="d-1")
        families.guardian(student(one))
    district = Client()
    district.force_login(people.member("district_admin", email="district@d1.example", district="d-1"))
    page = post(district, all="yes")
    assert [one.school_id for one in page.context["preview"].blocked] == [third.id]
    assert "the school’s contact address" in page.content.decode()
    assert third.name in page.content.decode()
    page = confirm(district, all="yes")
    assert page.redirect_chain[-1][0] == reverse("campaign-list")
    assert set(Campaign.objects.values_list("school_id", flat=True)) == {school.id, second.id}


def test_who_asks_is_told_that_the_notice_names_no_partner(school: School, office: Client) -> None:
    """A consent to sharing counts for those whom it names; once the school names them the page is silent."""
    child = student(school)
    families.guardian(child)
    told = "names nobody with whom results are shared"
    assert told in post(office, child).content.decode()
    partners = {"partners": "- Gradebook Inc., to show results"}
    notices.version(school, state="active", kind=ConsentType.THIRD_PARTY, words=partners)
    assert told not in post(office, child).content.decode()


def test_a_student_without_a_first_name_is_left_out_and_led_to(school: School, office: Client) -> None:
    """The others get their mails, and the page leads to whom it leaves out."""
    nameless, other = make.student(school=school, display_name="Lopez,"), student(school)
    for one in (nameless, other):
        families.guardian(one)
    page = post(office, nameless, other)
    assert page.context["preview"].mails == 1
    assert reverse("student-detail", args=[nameless.id]) in page.content.decode()


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
    assert "Choose at least one" in post(office, other, gone).content.decode()


def test_an_incomplete_notice_is_told_and_blocks() -> None:
    """A school without a contact address sends nothing; the page says in words what is missing."""
    nowhere = make.school(admin_email="")
    child = student(nowhere)
    families.guardian(child)
    client = Client()
    client.force_login(people.over(nowhere))
    text = post(client, child).content.decode()
    assert "the school’s contact address" in text
    assert 'name="confirmed"' not in text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(office: Client, target: str) -> None:
    """A forged address to return to leads to the list."""
    assert post(office, next=target).redirect_chain[0][0] == reverse("student-list")


def test_a_teacher_may_not_ask(school: School) -> None:
    """Teachers ask nobody."""
    client = Client()
    client.force_login(people.staff("teacher", school=school, email="teacher@harbour.example")[0])
    assert post(client, student(school)).status_code == 403


@pytest.mark.parametrize("standing", ["", "not_asked"])
def test_the_numbers_cost_three_queries_for_any_number_of_students(
    school: School, office: Client, standing: str
) -> None:
    """Twice the students, the same queries to either database."""

    def cost() -> tuple[int, int]:
        log = CaptureQueriesContext
        with log(connections["warehouse"]) as warehouse, log(connections["default"]) as default:
            page = post(office, all="yes", standing=standing)
        assert page.context["preview"].mails
        reads = [one["sql"].lstrip("( ").upper().startswith("SELECT") for one in warehouse.captured_queries]
        return sum(reads), len(default)

    for number in range(3):
        families.guardian(student(school, f"Child {number}"))
    cost()  # roles and names are remembered from here on
    few = cost()
    for number in range(6):
        families.guardian(student(school, f"More {number}"))
    assert cost() == few
    assert few[0] <= MOST_QUERIES
