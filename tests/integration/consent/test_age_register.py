"""The register of ages: who is listed, its numbers, its file."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.lib.clock import now
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import AuditLog, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.models import AdultConfirmation, RightsTransfer
from consent.queries import ages as register
from consent.queries.age_filters import AgeFilters
from consent.queries.age_numbers import age_numbers
from consent.queries.ages import age_page
from consent.rules.limits import LIMITS
from consent.rules.register import Ages, Look, fits
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import record_of
from tests.integration.consent.test_ages import OPEN, child

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"]),
    pytest.mark.usefixtures("frozen_now"),
]


def listed(client: Client, **query: str) -> list[str]:
    """Return the names in the register."""
    page = client.get(reverse("age-list"), query).content.decode()
    return re.findall(r'<th scope="row"[^>]*>\s*<a href="/coppa/[^"]+/"><bdi>([^<]+)', page)


class TestRegister:
    """The list."""

    def family(self, school: School) -> None:
        """Save one student of every kind."""
        consented = child(school, "Consented 9")
        families.consents(consented)
        child(school, "Alone 9")
        child(school, "Unlimited 10", 10, **OPEN)
        child(school, "Turning 13", 13)
        child(school, "Teen 15", 15)
        child(school, "Turning 18", 18)
        child(school, "Adult 19", 19)
        child(school, "Unknown", None, age_verification_method="unknown")
        child(school, "Said it", 15, age_verification_method="student_said", is_under_13=True)
        child(school, "Nonsense", None, birth_year=0)
        child(school, "Asked away", 15, deletion_requested_at=now())
        make.student(school=school, display_name="No record")
        refused = child(school, "Refused 9")
        families.consents(refused)
        families.consents(refused, consent_given=False, verified_at=None, relationship="father")
        make.student(school=school, display_name="Gone", status="inactive")

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"ages": "unknown"}, {"Unknown", "Said it", "Nonsense", "No record"}),
            ({"ages": "turning_13"}, {"Turning 13"}),
            ({"ages": "turning_18"}, {"Turning 18"}),
            ({"ages": "teen"}, {"Teen 15", "Turning 18", "Asked away"}),
            ({"ages": "adult"}, {"Adult 19"}),
            ({"ages": "under_13", "look": "not_limited"}, {"Unlimited 10", "No record"}),
            ({"look": "deletion"}, {"Asked away"}),
            (
                {"look": "without_consent"},
                {"Alone 9", "Unlimited 10", "Turning 13", "Unknown", "Said it", "Nonsense", "No record", "Refused 9"},
            ),
            ({"look": "faulty"}, {"Unlimited 10", "Said it", "Nonsense", "No record"}),
            ({"look": "limited", "ages": "teen"}, {"Teen 15", "Turning 18", "Asked away"}),
        ],
    )
    def test_each_filter_lists_exactly_its_students(
        self, school: School, office: Client, query: dict[str, str], names: set[str]
    ) -> None:
        """What cannot be known counts as under 13; a student's own word is none; who left is not listed."""
        self.family(school)
        assert set(listed(office, **query)) == names

    def test_without_filters_everybody_is_listed_and_the_look_is_logged(self, school: School, office: Client) -> None:
        """Every active student, with a record or without, by name; the log keeps who was shown."""
        self.family(school)
        names = listed(office)
        assert names == sorted(names)
        assert len(names) == 13
        delivery.deliver()
        row = AuditLog.objects.get(event_type="student.searched")
        assert len(json.loads(row.affected_student_ids or "")) == 13
        assert json.loads(row.data_accessed or "")["page"] == "age-list"

    def test_a_typed_name_never_stands_in_the_address(self, school: School, office: Client) -> None:
        """The search is remembered by the session; the address holds a key."""
        child(school, "Ana L.")
        child(school, "Ben M.")
        answer = office.post(reverse("age-search"), {"name": "ana", "grade": "", "ages": "under_13", "look": ""})
        assert answer.status_code == 303
        assert "ana" not in answer["Location"]
        assert "ages=under_13" in answer["Location"]
        page = office.get(answer["Location"]).content.decode()
        assert "Ana L." in page
        assert "Ben M." not in page

    def test_another_schools_students_are_not_there(self, school: School, office: Client) -> None:
        """Scope holds in the list, the record and the form."""
        other = child(make.school(), "Xanthe W.")
        assert listed(office) == []
        for name in ("age-detail", "age-edit"):
            assert office.get(reverse(name, args=[other.pk])).status_code == 404
            assert office.post(reverse(name, args=[other.pk]), {"birth_year": "2000"}).status_code in {404, 405}
        assert record_of(other).birth_year == now().year - 9

    def test_it_costs_three_queries_whatever_its_length(
        self, school: School, office: Client, reads: Callable[[Callable[[], Any]], int]
    ) -> None:
        """Twice the students cost the same."""
        address = reverse("age-list") + "?look=without_consent"
        for number in range(4):
            child(school, f"Child {number}")
        office.get(address)
        time_zone(school.id)
        first = reads(lambda: office.get(address))
        for number in range(4, 12):
            child(school, f"Child {number}")
        assert first == reads(lambda: office.get(address)) == 3

    def test_pages_follow_each_other_by_name(self, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each student stands on one page."""
        for number in range(7):
            child(school, f"Child {number}")
        found, cursor = [], ""
        while True:
            part = age_page(AgeFilters(), cursor=cursor, now=now(), size=3)
            found += [row.student.display_name for row in part.rows]
            cursor = part.next
            if not cursor:
                break
        assert found == [f"Child {number}" for number in range(7)]

    def test_numbers_agree_with_the_lists_behind_them(self, school: School, office: Client) -> None:
        """Each tile counts what its list shows; two warehouse queries."""
        self.family(school)
        RightsTransfer.objects.create(
            school_id=school.id, student_id=Student.objects.get(display_name="Adult 19").pk, not_invited="no_address"
        )
        numbers = age_numbers(now())
        assert numbers.under_13 == len(listed(office, ages="under_13"))
        assert numbers.groups["unknown"] == len(listed(office, ages="unknown"))  # type: ignore[index]
        assert numbers.groups["adult"] == len(listed(office, ages="adult"))  # type: ignore[index]
        assert numbers.without_consent == len(listed(office, look="without_consent"))
        assert numbers.turning_13 == len(listed(office, ages="turning_13"))
        assert numbers.turning_18 == len(listed(office, ages="turning_18"))
        assert numbers.not_invited == len(listed(office, look="not_invited")) == 1
        page = office.get(reverse("age-counts")).content.decode()
        assert "Under 13 without consent" in page
        assert "Ana" not in page

    def test_the_whole_list_as_a_file_is_logged_and_starts_no_formula(
        self, school: School, office: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All pages of what the filters name, each student in the log, and no cell that a spreadsheet calculates."""
        monkeypatch.setattr(register, "PORTION", 4)
        self.family(school)
        child(school, "=Sum L.")
        make.student(display_name="Xanthe W.")
        answer = office.post(reverse("age-csv"), {"look": "without_consent"})
        lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [line["Name"] for line in lines] == ["'=Sum L.", *listed(office, look="without_consent")[1:]]
        assert {line["Parent's verified consent"] for line in lines} == {"no"}
        assert {line["Treated as"] for line in lines} == {"Under 13", "Not known"}
        delivery.deliver()
        row = AuditLog.objects.get(event_type="export.created")
        assert sorted(json.loads(row.affected_student_ids or "")) == sorted(line["Student id"] for line in lines)
        assert answer["Cache-Control"] == "private, no-store"

    def test_an_empty_school_says_what_to_do(self, office: Client) -> None:
        """Without students the page tells of the roster; a filter that fits nobody says so."""
        assert "No students yet" in office.get(reverse("age-list")).content.decode()
        assert "Nobody fits these filters" in office.get(reverse("age-list"), {"ages": "adult"}).content.decode()
        assert "cannot be read" in office.get(reverse("age-list"), {"ages": "old"}).content.decode()


_names = itertools.count()


@given(
    years=st.sampled_from([None, -3, 0, 9, 12, 13, 14, 17, 18, 19, 49, 50, 99, 2025]),
    method=st.sampled_from(["sis_dob", "school_attested", "unknown", "student_said", None]),
    limits=st.lists(st.booleans(), min_size=3, max_size=3),
    second=st.booleans(),
    consent=st.sampled_from(["", "email_plus", "sis_portal_login", "school_authorization"]),
    said=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_leaves_out_nobody_whom_the_rules_keep(
    school: School,
    years: int | None,
    method: str | None,
    limits: list[bool],
    second: bool,
    consent: str,
    said: bool,
) -> None:
    """Whatever stands in the catalog: each filter lists a student exactly where the rules say so."""
    student = make.student(school=school, display_name=f"Name {next(_names)}")
    values = dict(zip(LIMITS, limits, strict=True)) | {"age_verification_method": method}
    born = None if years is None else now().year - years
    make.coppa(student=student, birth_year=born, is_under_13=False, **values)
    if second:
        make.coppa(student=student, birth_year=now().year - 9, updated_at=now() - timedelta(days=1))
    if consent:
        families.consents(student, verification_method=consent)
    if said:
        AdultConfirmation.objects.create(school_id=school.id, student_id=student.pk, confirmed_by="x")
    (line,) = [
        row.line for row in age_page(AgeFilters(), cursor="", now=now(), size=999).rows if row.student.pk == student.pk
    ]
    for ages, look in [*((one, None) for one in Ages), *((None, one) for one in Look)]:
        shown = age_page(AgeFilters(ages=ages, look=look), cursor="", now=now(), size=999).rows
        assert (student.pk in {row.student.pk for row in shown}) == fits(line, ages, look)
