"""One student's age record: what it shows, what a change leads to, who may not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.models import AdultConfirmation, Guardian, Invitation, RightsTransfer
from consent.rules.limits import LIMITS
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import events_about, record_of
from tests.integration.consent.test_student_pages import signed_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"]),
    pytest.mark.usefixtures("frozen_now"),
]
OPEN: dict[str, Any] = dict.fromkeys(LIMITS, False)
TICKED: dict[str, Any] = dict.fromkeys(LIMITS, "on")


def child(school: School, name: str = "Ana L.", years: int | None = 9, **given: Any) -> Student:
    """Save a student with an age record; `years` is the birthday of this year."""
    student = make.student(school=school, display_name=name)
    born = None if years is None else now().year - years
    make.coppa(student=student, **({"birth_year": born, "is_under_13": years is None or years <= 13} | given))
    return student


class Editing:
    """The form of one student's age record in a browser."""

    def __init__(self, client: Client, student: Student) -> None:
        self.client, self.address = client, reverse("age-edit", args=[student.pk])
        self.fields = self.read(client.get(self.address).content.decode())

    @staticmethod
    def read(page: str) -> dict[str, str]:
        """Return what a browser would send of the form as it stands."""
        fields = {}
        for tag in re.findall(r"<input [^>]+>", page):
            found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            if found.get("type") == "checkbox" and "checked" in tag:
                fields[found["name"]] = "on"
            elif found.get("type") in {"number", "hidden"} and found.get("name") not in {None, "csrfmiddlewaretoken"}:
                fields[found["name"]] = found.get("value", "")
        selected = re.search(r'<option value="(\w+)" selected', page)
        return fields | ({"method": selected[1]} if selected else {})

    def send(self, *, without: tuple[str, ...] = (), confirmed: bool = True, **changed: str) -> Any:
        """Send the form with changes; `without` are boxes that are not ticked."""
        data = {name: value for name, value in (self.fields | changed).items() if name not in without}
        return self.client.post(self.address, data | ({"confirmed": "yes"} if confirmed else {}))


class TestRecord:
    """One student's page."""

    def test_it_shows_the_record_its_faults_and_its_history(self, school: School, office: Client) -> None:
        """What is wrong is said in words, with how the student is treated meanwhile."""
        student = child(school, years=None, birth_year=3000, is_under_13=False, **OPEN)
        make.coppa(student=student, birth_year=-5, updated_at=now() - timedelta(days=3))
        for number, text in enumerate(['{"under_13": true}', "not json", '["a"]', None, '{"changed": ["ssn", 7]}']):
            make.audit_row(
                school=school,
                event_type="coppa.status_changed",
                resource_id=student.pk,
                data_accessed=text,
                event_timestamp=now() - timedelta(days=number),
            )
        page = office.get(reverse("age-detail", args=[student.pk])).content.decode()
        assert "No student is born in this year" in page
        assert "There are 2 records" in page
        assert "treated as under 13" in page
        assert page.count("Age status changed") == 5
        assert "ssn" not in page
        assert events_about(student)["student.viewed"] >= 1

    def test_another_schools_log_is_not_its_history(self, school: School, office: Client) -> None:
        """Rows of the log are scoped too."""
        student = child(school)
        make.audit_row(event_type="record.amended", resource_id=student.pk)
        assert "No changes yet" in office.get(reverse("age-detail", args=[student.pk])).content.decode()

    @pytest.mark.parametrize("with_record", [True, False])
    def test_it_costs_three_queries(
        self, school: School, office: Client, reads: Callable[[Callable[[], Any]], int], with_record: bool
    ) -> None:
        """With a record or without one."""
        student = child(school) if with_record else make.student(school=school)
        address = reverse("age-detail", args=[student.pk])
        office.get(address)
        assert reads(lambda: office.get(address)) <= 3
        assert reads(lambda: office.get(reverse("age-edit", args=[student.pk]))) <= 3

    def test_a_record_in_another_school_shows_no_student_of_it(self, school: School, office: Client) -> None:
        """A messy row of our school about a child of another one opens nothing."""
        other = make.student(display_name="Xanthe W.")
        make.coppa(student=other, school_id=school.id)
        assert office.get(reverse("age-detail", args=[other.pk])).status_code == 404


class TestEditing:
    """Changing a record."""

    def test_what_follows_is_said_before_anything_is_saved(self, school: School, office: Client) -> None:
        """13 or over: nothing is switched on by that; only the second step writes."""
        student = child(school)
        form = Editing(office, student)
        page = form.send(confirmed=False, birth_year=str(now().year - 14), method="school_attested")
        text = page.content.decode()
        assert "Save this change?" in text
        assert "Nothing is switched on by that" in text
        assert "keep their rules" in text
        assert record_of(student).birth_year == now().year - 9
        saved = form.send(birth_year=str(now().year - 14), method="school_attested")
        assert saved.status_code == 302
        record = record_of(student)
        assert (record.birth_year, record.is_under_13) == (now().year - 14, False)
        assert record.age_verified_at == now()
        assert all(getattr(record, name) for name in LIMITS)
        assert events_about(student) >= Counter({"record.amended": 1, "coppa.status_changed": 1})

    def test_the_log_keeps_names_of_columns_and_no_value(self, school: School, office: Client) -> None:
        """A birth year is not immortal."""
        student = child(school, years=15)
        Editing(office, student).send(without=("no_behavioral_targeting",), birth_year=str(now().year - 16))
        delivery.deliver()
        row = AuditLog.objects.get(event_type="record.amended")
        assert json.loads(row.data_accessed or "") == {
            "changed": ["birth_year", "no_behavioral_targeting"],
            "set": [],
            "lifted": ["no_behavioral_targeting"],
        }
        assert str(now().year - 16) not in (row.data_accessed or "") + row.description
        page = office.get(reverse("age-detail", args=[student.pk])).content.decode()
        assert "Lifted: ban on targeting" in page

    @pytest.mark.parametrize(
        ("changed", "without", "words"),
        [
            ({"method": "unknown"}, (), "Say how the school knows the year"),
            ({"birth_year": "", "method": "sis_dob"}, (), "Type the year"),
            ({"birth_year": "0"}, (), "Type a year from"),
            ({"birth_year": "3000"}, (), "Type a year from"),
            ({"birth_year": "-2016"}, (), "Type a year from"),
            ({"birth_year": "twelve"}, (), "whole number"),
            ({"method": "student_said"}, (), "valid choice"),
            ({"delete_after_days": "0"}, (), "greater than or equal to 1"),
            ({"delete_after_days": "-1"}, (), "greater than or equal to 1"),
            ({"delete_after_days": "396"}, (), "Type a number from 1 to 395"),
            ({}, ("data_collection_limited",), "this limit must stand"),
            ({}, ("no_third_party_sharing",), "this limit must stand"),
            ({}, ("auto_delete_enabled",), "may not stay without an end"),
        ],
    )
    def test_what_cannot_stand_is_refused_and_kept_for_mending(
        self, school: School, office: Client, changed: dict[str, Any], without: tuple[str, ...], words: str
    ) -> None:
        """Under 13 without consent every limit stands, no data stay for ever, and no student vouches for an age."""
        student = child(school)
        before = record_of(student).updated_at
        answer = Editing(office, student).send(without=without, **changed)
        assert answer.status_code == 422
        assert words in answer.content.decode().replace("&#x27;", "'")
        assert record_of(student).updated_at == before

    def test_with_consent_a_limit_may_be_lifted_but_sharing_needs_its_own(self, school: School, office: Client) -> None:
        """312.5(a)(2)."""
        student = child(school)
        families.consents(student)
        form = Editing(office, student)
        assert form.send(without=("no_third_party_sharing",)).status_code == 422
        assert form.send(without=("data_collection_limited",)).status_code == 302
        assert record_of(student).data_collection_limited is False

    def test_two_people_at_once_do_not_overwrite_each_other(self, school: School, office: Client) -> None:
        """The second one is told, keeps what was typed, and saves over what is there on purpose."""
        student = child(school, years=15)
        colleague = signed_in("admin", school, email=f"colleague@{school.domain}")
        mine, theirs = Editing(office, student), Editing(colleague, student)
        assert mine.send(delete_after_days="100").status_code == 302
        delivery.deliver()
        answer = theirs.send(delete_after_days="50")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Somebody else has changed this record" in page
        assert 'value="50"' in page
        assert record_of(student).delete_after_days == 100
        theirs.fields = Editing.read(page)
        assert theirs.send().status_code == 302
        assert record_of(student).delete_after_days == 50

    def test_a_change_on_its_way_to_the_catalog_is_not_overwritten(self, school: School, office: Client) -> None:
        """While the outbox holds the first change nobody can have seen it."""
        student = child(school, years=15)
        first, second = Editing(office, student), Editing(office, student)
        assert first.send(delete_after_days="100").status_code == 302
        assert second.send(delete_after_days="50").status_code == 409
        assert record_of(student).delete_after_days == 100

    def test_nothing_changed_writes_nothing(self, school: School, office: Client) -> None:
        """Sending the form as it is leaves no amendment."""
        student = child(school)
        assert Editing(office, student).send(confirmed=False).status_code == 302
        assert not events_about(student)["record.amended"]

    def test_a_student_without_a_record_gets_one(self, school: School, office: Client) -> None:
        """The office knows the year."""
        student = make.student(school=school)
        answer = Editing(office, student).send(birth_year=str(now().year - 15), method="parent_attested", **TICKED)
        assert answer.status_code == 302
        record = record_of(student)
        assert (record.school_id, record.is_under_13) == (school.id, False)
        assert record.age_verification_method == "parent_attested"

    def test_two_records_are_written_alike(self, school: School, office: Client) -> None:
        """Afterwards it does not matter which one a service reads."""
        student = child(school, updated_at=now() - timedelta(days=2))
        make.coppa(student=student, birth_year=3000, updated_at=now() - timedelta(days=1))
        assert Editing(office, student).send(birth_year=str(now().year - 10), method="sis_dob").status_code == 302
        delivery.deliver()
        rows = CoppaCompliance.objects.filter(student_id=student.pk)
        assert {(row.birth_year, row.is_under_13) for row in rows} == {(now().year - 10, True)}

    def test_the_schools_word_at_18_passes_the_rights_at_once(self, school: School, office: Client) -> None:
        """Said in numbers before, done in one action: flags, requests, parents' access, the student's own mail."""
        student = child(school, years=18)
        with guard.writing():
            Student.objects.filter(pk=student.pk).update(has_parental_consent=True, email="ana@harbour.example")
        mother = families.guardian(student)
        families.consents(student, parent_email=mother.email)
        families.request(mother, student)
        form = Editing(office, student)
        assert form.send(adult="on").status_code == 422  # parents' access must be switched off with it
        page = form.send(confirmed=False, without=("parent_access_enabled",), adult="on").content.decode()
        assert "2 consents of parents: suspended" in page
        assert "1 open request to parents: ended" in page
        assert "is asked for their own consent" in page
        assert form.send(without=("parent_access_enabled",), adult="on").status_code == 302
        delivery.deliver()
        assert not Student.objects.get(pk=student.pk).has_parental_consent
        assert RightsTransfer.objects.get(student_id=student.pk).invited_at
        assert Invitation.objects.get(guardian=mother).revoked_at
        assert Guardian.objects.filter(email="ana@harbour.example").exists()
        assert AdultConfirmation.objects.get(student_id=student.pk).confirmed_by
        assert events_about(student) >= Counter({"rights.transferred": 1, "record.amended": 1})
        assert "adult" in listed_group(office, student)

    def test_a_word_taken_back_gives_the_rights_back(self, school: School, office: Client) -> None:
        """A slip is mended the same way."""
        student = child(school, years=18)
        families.consents(student, parent_email=families.guardian(student).email)
        Editing(office, student).send(without=("parent_access_enabled",), adult="on")
        delivery.deliver()
        form = Editing(office, student)
        page = form.send(confirmed=False, without=("adult",)).content.decode()
        assert "The rights go back to the parents" in page
        assert form.send(without=("adult",)).status_code == 302
        delivery.deliver()
        assert not RightsTransfer.objects.exists()
        assert not AdultConfirmation.objects.exists()
        assert Student.objects.get(pk=student.pk).audio_recording_consent

    def test_the_schools_word_fits_one_year_alone(self, school: School, office: Client) -> None:
        """A box that is sent for another year is refused: the field is not there at all."""
        student = child(school, years=17)
        assert "adult" not in Editing(office, student).fields
        Editing(office, student).send(adult="on", delete_after_days="30")
        assert not AdultConfirmation.objects.exists()

    def test_a_year_that_makes_a_child_of_a_teen_says_so_and_needs_the_limits(
        self, school: School, office: Client
    ) -> None:
        """Under 13 after all: the form refuses open limits, then limits with the change."""
        student = child(school, years=15, **OPEN)
        form = Editing(office, student)
        young = str(now().year - 9)
        assert form.send(birth_year=young).status_code == 422
        assert "counts as under 13" in form.send(confirmed=False, birth_year=young, **TICKED).content.decode()
        assert form.send(birth_year=young, **TICKED).status_code == 302
        assert record_of(student).is_under_13 is True

    def test_a_teacher_may_not(self, school: School) -> None:
        """Teachers see who may be recorded, no ages."""
        student, teacher = child(school), signed_in("teacher", school)
        for name in ("age-detail", "age-edit"):
            assert teacher.get(reverse(name, args=[student.pk])).status_code == 403
        assert teacher.get(reverse("age-list")).status_code == 403


def listed_group(client: Client, student: Student) -> str:
    """Return the words by which the student's page says how the student is treated."""
    with system_scope(reason="test"):
        return client.get(reverse("age-detail", args=[student.pk])).content.decode().lower()
