"""The list under the search box."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/suggestions/"


def offered(browser: Client, text: str) -> list[str]:
    """Return the texts that the box would hold."""
    answer = browser.post(URL, {"q": text, "at": str(len(text))})
    assert answer.status_code == 200
    return [offer.text for offer in answer.context["offers"]]


def test_people_of_ones_own_schools_are_offered_and_students_are_logged(office: Client, schools: Schools) -> None:
    """Names come from the person's schools; which students were shown is in the log, what was typed is not."""
    maya = make.student(school=schools.harbour, display_name="Maya R.")
    make.student(school=schools.hill, display_name="Maya Elsewhere")
    make.teacher(school=schools.harbour, name="Mayakovsky")
    assert offered(office, "rain student:maya") == ['rain student:"Maya R." ']
    row = noted()
    assert row["event_type"] == "student.searched"
    assert json.loads(str(row["affected_student_ids"])) == [maya.id]
    assert "maya" not in json.dumps(row).lower()
    before = OutboxEntry.objects.count()
    assert offered(office, "actor:maya") == ["actor:Mayakovsky "]
    assert offered(office, "student:m") == offered(office, "student:nobody") == []
    assert OutboxEntry.objects.count() == before


def test_people_of_the_district_and_auditors_are_offered(office: Client, schools: Schools) -> None:
    """Who acts in the log without a row among the staff: those whose role reaches the school, and no others."""
    people.over(schools.harbour, email="mayfield@district.example")
    later = date(2100, 1, 1)
    people.member("auditor", email="maynard@audit.example", schools=(schools.harbour.id, schools.hill.id), until=later)
    people.member("auditor", email="maybe@audit.example", schools=(schools.hill.id,), until=later)
    people.member("super_admin", email="mayor@classwaves.example")
    assert set(offered(office, "actor:may")) == {"actor:Mayfield ", "actor:Maynard "}


def test_two_of_one_name_are_told_apart(office: Client, schools: Schools) -> None:
    """Where a name stands for two children, their ids are offered."""
    ids = {make.student(school=schools.harbour, display_name="Maya R.").id for _ in range(2)}
    assert set(offered(office, "student:maya")) == {f"student:{each} " for each in ids}


def test_typing_costs_one_question_at_most(office: Client, schools: Schools) -> None:
    """Codes cost the catalog nothing, names one query."""
    make.student(school=schools.harbour, display_name="Maya R.")
    offered(office, "ev")
    for text, most in (("event:con", 0), ("student:maya", 1), ("actor:x\x00y", 0)):
        with CaptureQueriesContext(connections["warehouse"]) as asked:
            offered(office, text)
        assert len([query for query in asked if query["sql"].startswith("SELECT")]) == most


def test_what_is_no_box_is_refused(office: Client) -> None:
    """Without the text of the box there is nothing to offer."""
    assert office.post(URL).status_code == 400
    assert office.get(URL).status_code == 405
