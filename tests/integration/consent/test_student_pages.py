"""The office's list of students, one student's record, and the teachers' page: who sees what, at what cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.lib import clock
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.rules.overview import Standing
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families, people

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"])]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def school() -> School:
    """Harbour School."""
    return make.school(name="Harbour School")


def signed_in(role: str, school: School, email: str = "") -> Client:
    """Return the browser of a person of the school."""
    client = Client()
    client.force_login(people.staff(role, school=school, email=email or f"{role}@{school.domain}")[0])
    return client


@pytest.fixture
def office(school: School) -> Client:
    """The school's admin, signed in."""
    return signed_in("admin", school)


@pytest.fixture
def teacher(school: School) -> Client:
    """A teacher of the school, signed in."""
    return signed_in("teacher", school)


@pytest.fixture
def outsider() -> Client:
    """The admin of another school, signed in."""
    return signed_in("admin", make.school(name="Elsewhere"))


def family(school: School, name: str = "Ana Lopez", **given: Any) -> Student:
    """Save a student over 13 with a guardian, asked once."""
    child = make.student(school=school, display_name=name, **given)
    make.coppa(student=child, birth_year=clock.now().year - 15, is_under_13=False)
    families.request(families.guardian(child), child)
    return child


def events(name: str) -> list[AuditLog]:
    """Return the rows of the log with this event, once they have arrived."""
    delivery.deliver()
    with system_scope(reason="test"):
        return list(AuditLog.objects.filter(event_type=name).order_by("id"))


LISTS = [("admin", "student-list"), ("teacher", "consent-states"), ("admin", "consent-states")]


@pytest.mark.parametrize(("role", "name"), LISTS)
def test_lists_cost_three_queries_whatever_their_length(
    school: School, reads: Callable[[Callable[[], Any]], int], role: str, name: str
) -> None:
    """Twice the students cost the same queries, three of the warehouse."""
    client, address = signed_in(role, school), reverse(name)
    for number in range(5):
        families.consents(family(school, f"Child {number}"))
    client.get(address)
    time_zone(school.id)
    with CaptureQueriesContext(connections["default"]) as few:
        first = reads(lambda: client.get(address))
    for number in range(5, 10):
        families.consents(family(school, f"Child {number}"))
    with CaptureQueriesContext(connections["default"]) as many:
        second = reads(lambda: client.get(address))
    assert first == second == 3
    assert len(few) == len(many)


def test_a_record_costs_three_queries_whatever_its_history(
    school: School, office: Client, reads: Callable[[Callable[[], Any]], int]
) -> None:
    """A long history and many guardians cost the same three queries."""
    child = family(school)
    address = reverse("student-detail", args=[child.id])
    office.get(address)
    first = reads(lambda: office.get(address))
    for _ in range(3):
        families.consents(child)
        families.request(families.guardian(child), child)
    assert first == reads(lambda: office.get(address)) == 3


class TestList:
    """The list."""

    def test_it_shows_the_own_school_and_records_whom(self, school: School, office: Client) -> None:
        """The office sees its students by name, and the log keeps which ones."""
        child = family(school)
        make.student(display_name="Xanthe W.")
        page = office.get(reverse("student-list")).content.decode()
        assert "Ana Lopez" in page
        assert "Xanthe" not in page
        (row,) = events("student.searched")
        assert json.loads(row.affected_student_ids or "") == [child.id]
        assert row.school_id == school.id

    def test_a_teacher_may_not_open_it(self, teacher: Client) -> None:
        """Teachers see consent states only."""
        assert teacher.get(reverse("student-list")).status_code == 403

    def test_an_empty_school_says_what_to_do(self, office: Client) -> None:
        """Without students the page tells of the roster import."""
        assert "No students yet" in office.get(reverse("student-list")).content.decode()

    def test_a_name_is_looked_for_without_standing_in_an_address(self, school: School, office: Client) -> None:
        """The address, the log of the server and the audit log never hold what was typed."""
        family(school)
        family(school, "Ben Adeyemi")
        answer = office.post(reverse("student-search"), {"name": "lopez"})
        assert answer.status_code == 303
        assert "lopez" not in answer["Location"].lower()
        page = office.get(answer["Location"]).content.decode()
        assert "Ana Lopez" in page
        assert "Ben Adeyemi" not in page
        assert "lopez" not in str([row.data_accessed for row in events("student.searched")]).lower()

    def test_a_search_that_the_session_forgot_says_so(self, school: School, office: Client) -> None:
        """A bookmark of a search shows all students and asks for the name again."""
        family(school)
        page = office.get(reverse("student-list"), {"search": "abcd1234"}).content.decode()
        assert "search by name has ended" in page
        assert "Ana Lopez" in page

    def test_pages_lead_forth_and_back_and_keep_the_filters(self, school: School, office: Client) -> None:
        """Fifty a page, by name, with the grade kept."""
        for number in range(55):
            make.student(school=school, display_name=f"Child {number:02}", grade_level="05")
        first = office.get(reverse("student-list"), {"grade": "5"})
        assert len(first.context["lines"]) == 50
        assert "grade=5" in first.context["next_url"]
        second = office.get(first.context["next_url"])
        assert [line["student"].display_name for line in second.context["lines"]] == [
            f"Child {n}" for n in range(50, 55)
        ]
        back = office.get(second.context["previous_url"])
        assert [line["student"] for line in back.context["lines"]] == [
            line["student"] for line in first.context["lines"]
        ]

    @pytest.mark.parametrize("cursor", ["garbage", "after.unknown", "before.", "after." + "9" * 500])
    def test_a_bad_cursor_leads_to_the_first_page(self, school: School, office: Client, cursor: str) -> None:
        """A page that is gone is told in words."""
        family(school)
        page = office.get(reverse("student-list"), {"cursor": cursor}, follow=True)
        assert page.status_code == 200
        assert "That page of the list is gone" in page.content.decode()
        assert "Ana Lopez" in page.content.decode()

    @pytest.mark.parametrize("query", [{"grade": "99"}, {"standing": "happy"}, {"grade": "x" * 5000}])
    def test_unknown_filters_get_a_clear_answer(self, school: School, office: Client, query: dict[str, str]) -> None:
        """A value that no filter has shows no student and says why."""
        family(school)
        page = office.get(reverse("student-list"), query)
        assert page.status_code == 200
        assert "cannot be read" in page.content.decode()
        assert "Ana Lopez" not in page.content.decode()

    @pytest.mark.parametrize("standing", list(Standing))
    def test_the_state_filter_shows_exactly_who_stands_there(
        self, school: School, office: Client, standing: Standing
    ) -> None:
        """For each state, the filter finds the students whom the rules put there, and nobody else."""
        expected = {one: child.id for one, child in one_of_each(school).items()}
        page = office.get(reverse("student-list"), {"standing": standing.value})
        assert [line["student"].id for line in page.context["lines"]] == [expected[standing]]

    def test_a_district_sees_school_names_and_can_narrow(self) -> None:
        """With several schools the list names each and filters by it."""
        north, south = make.school(name="North"), make.school(name="South")
        for one in (north, south):
            make.setting(school=one, key="district_id", value="d-1")
            family(one, f"Child of {one.name}")
        client = Client()
        client.force_login(people.member("district_admin", email="office@district.example", district="d-1"))
        page = client.get(reverse("student-list"), {"school": south.id}).content.decode()
        assert "Child of South" in page
        assert "Child of North" not in page
        assert len(events("student.searched")) == 1


def one_of_each(school: School) -> dict[Standing, Student]:
    """Save one student of every standing."""
    now = clock.now()
    found = {one: make.student(school=school, display_name=str(one.label)) for one in Standing}
    for one, child in found.items():
        year = now.year - (30 if one is Standing.ADULT else 15)
        make.coppa(student=child, birth_year=year, is_under_13=False)
    families.consents(found[Standing.RECORDABLE])
    families.consents(found[Standing.CONFLICT])
    make.consent(student=found[Standing.CONFLICT], consent_type="audio_recording", consent_given=False)
    families.consents(found[Standing.REFUSED], ConsentType.SERVICE)
    families.consents(found[Standing.REFUSED], ConsentType.AUDIO, consent_given=False)
    families.consents(found[Standing.WITHDRAWN], revoked_at=now)
    families.consents(found[Standing.UNVERIFIED], verified_at=None)
    families.request(families.guardian(found[Standing.WAITING]), found[Standing.WAITING])
    families.consents(found[Standing.EXPIRED], expires_at=now - timedelta(days=1))
    families.consents(found[Standing.ADULT])
    return found


class TestRecord:
    """One record."""

    def test_it_shows_consents_guardians_and_requests_and_is_recorded(self, school: School, office: Client) -> None:
        """The office sees the whole record of its own student."""
        child = family(school)
        families.consents(child, parent_name="Maria Lopez", relationship="mother")
        page = office.get(reverse("student-detail", args=[child.id])).content.decode()
        for words in ("Ana Lopez", "Maria Lopez", "Record and transcribe", "@home.example", "13 or over", "Given by"):
            assert words in page
        (row,) = events("student.viewed")
        assert (row.resource_id, row.school_id) == (child.id, school.id)

    @pytest.mark.parametrize("standing", list(Standing))
    def test_every_state_has_a_reason(self, school: School, office: Client, standing: Standing) -> None:
        """No state leaves the page without words, nor breaks it."""
        child = one_of_each(school)[standing]
        assert office.get(reverse("student-detail", args=[child.id])).status_code == 200

    def test_rows_of_other_services_with_unknown_words_are_shown(self, school: School, office: Client) -> None:
        """A type, method or relationship that we do not know is shown in plain words."""
        child = make.student(school=school)
        make.consent(student=child, consent_type="yearbook_photo", verification_method="fax", relationship="aunt")
        page = office.get(reverse("student-detail", args=[child.id])).content.decode()
        for words in ("Yearbook photo", "Fax", "Aunt"):
            assert words in page

    def test_another_schools_student_does_not_exist(self, school: School, outsider: Client) -> None:
        """An outsider gets the same answer as for an id that nobody has."""
        child = family(school)
        assert outsider.get(reverse("student-detail", args=[child.id])).status_code == 404
        assert outsider.get(reverse("student-detail", args=["nobody"])).status_code == 404
        assert events("student.viewed") == []

    def test_a_teacher_may_not_open_it(self, school: School, teacher: Client) -> None:
        """Teachers see neither guardians nor history."""
        assert teacher.get(reverse("student-detail", args=[family(school).id])).status_code == 403


class TestStates:
    """The page of teachers."""

    def test_a_teacher_sees_yes_or_no_and_nothing_else(self, school: School, teacher: Client) -> None:
        """Name, grade and two answers: no guardian, address, history or reason."""
        yes, no = family(school, "Yes Child"), family(school, "No Child")
        families.consents(yes, parent_name="Maria Lopez")
        families.consents(no, consent_given=False, parent_name="Maria Lopez")
        page = teacher.get(reverse("consent-states"))
        text = page.content.decode()
        assert [(row.student.display_name, row.glance.may_record) for row in page.context["rows"]] == [
            ("No Child", False),
            ("Yes Child", True),
        ]
        for hidden in ("Maria", "Guardian", "@home.example", "Refused", "/students/"):
            assert hidden not in text
        assert len(events("student.searched")) == 1

    def test_other_schools_stay_hidden(self, teacher: Client) -> None:
        """A teacher sees the own school alone."""
        make.student(display_name="Xanthe W.")
        assert "Xanthe" not in teacher.get(reverse("consent-states")).content.decode()

    def test_it_narrows_by_name_and_grade(self, school: School, teacher: Client) -> None:
        """A teacher finds one class by grade and one child by name."""
        family(school, "Ana Lopez", grade_level="05")
        family(school, "Ben Adeyemi", grade_level="06")
        answer = teacher.post(reverse("consent-states-search"), {"name": "", "grade": "6"}, follow=True)
        assert [row.student.display_name for row in answer.context["rows"]] == ["Ben Adeyemi"]
        answer = teacher.post(reverse("consent-states-search"), {"name": "ana", "grade": ""}, follow=True)
        assert [row.student.display_name for row in answer.context["rows"]] == ["Ana Lopez"]

    def test_an_empty_school_says_what_to_do(self, teacher: Client) -> None:
        """Without students the page says whom to ask."""
        assert "No students yet" in teacher.get(reverse("consent-states")).content.decode()

    def test_bad_input_gets_a_clear_answer(self, school: School, teacher: Client) -> None:
        """A bad cursor leads to the first page, an unknown grade is told, a long name is refused."""
        family(school)
        address = reverse("consent-states")
        assert "is gone" in teacher.get(address, {"cursor": "x"}, follow=True).content.decode()
        assert "cannot be read" in teacher.get(address, {"grade": "x"}).content.decode()
        assert teacher.post(reverse("consent-states-search"), {"name": "x" * 101}).status_code == 422
