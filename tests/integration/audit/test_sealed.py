"""What a court has sealed reaches no parent: not by the copy of what is held, its numbers, nor the record of 99.32."""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZipFile

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Making
from audit.queries.disclosures import record_of
from audit.reports.disclosures import KIND, PARENTS
from audit.student_copy.kind import STUDENT_COPY
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery
from retention.vocabulary import RequestKind
from tests.factories import catalog as make
from tests.factories import people, requests
from tests.factories.made import made
from tests.integration.audit.conftest import Schools
from tests.integration.audit.test_disclosures import NEW, SAID, record
from tests.integration.retention.test_held import numbers

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
LOG = "compliance.audit_log"
# Whatever tells that there is a sealed entry.
SECRETS = ("sheriff", "marshal", "constable", "sealed")


@pytest.fixture
def maya(schools: Schools) -> Student:
    """Save Maya of Harbour School."""
    return make.student(school=schools.harbour, display_name="Maya R.")


def disclosed(office: Client, maya: Student, party: str, **more: str) -> str:
    """Record a disclosure and return the id of its row."""
    said = SAID | {"student": maya.pk, "party": party, "basis": "FERPA_A9_SUBPOENA"} | more
    assert office.post(NEW, said).status_code == 302
    return record(maya)[-1].event_id


@pytest.fixture
def sealed(office: Client, schools: Schools, maya: Student) -> list[str]:
    """Record one entry that parents may see and three that they may not, and look at the list.

    One was sealed at once, one by a correction, one by a correction of another service that names no student. Return
    the ids of the rows that tell of these.
    """
    disclosed(office, maya, "State Department of Education")
    rows = [disclosed(office, maya, "Sheriff", basis="FERPA_A9_SEALED_LE"), disclosed(office, maya, "Marshal")]
    again = SAID | {"party": "Marshal", "basis": "FERPA_A9_SUBPOENA", "sealed": "on"}
    assert office.post(reverse("disclosure-correct", args=[rows[1]]), again).status_code == 302
    rows += [disclosed(office, maya, "Constable")]
    number = record(maya)[-1].number
    office.get(reverse("disclosure-list"))
    delivery.deliver()
    make.audit_row(
        school=schools.harbour,
        event_type="disclosure.made",
        resource_type="disclosure",
        resource_id=number,
        data_accessed='{"sealed":true}',
    )
    with inside(EVERYTHING):
        rows += AuditLog.objects.filter(data_accessed__contains='"sealed": true').values_list("pk", flat=True)
        looks = AuditLog.objects.filter(event_type="audit.viewed", resource_type="disclosure")
        return [*rows, *looks.values_list("pk", flat=True)]


def copy_of(office: Client, maya: Student) -> tuple[dict[str, Any], str]:
    """Have the copy made for a request; return its data, and what is printed of it."""
    asked = requests.request(maya, RequestKind.COPY)
    people.confirmed(office)
    office.post(reverse("request-copy", args=[asked.pk]))
    making = Making.objects.get()
    with inside(EVERYTHING):
        running.run(Job.objects.get(subject_id=making.pk).pk)
    answer = office.get(reverse("made-download", args=[making.pk, "zip"]))
    with ZipFile(io.BytesIO(answer.getvalue())) as copy, pypdfium2.PdfDocument(copy.read("what-is-held.pdf")) as pdf:
        printed = " ".join(page.get_textpage().get_text_range() for page in pdf)
        return json.loads(copy.read("what-is-held.json")), printed


def test_no_copy_of_what_is_held_tells_of_it(office: Client, maya: Student, sealed: list[str]) -> None:
    """Neither as data nor printed: no row, no closed row, no number; what a parent may see is there."""
    data, printed = copy_of(office, maya)
    text = json.dumps(data)
    assert [secret for secret in SECRETS if secret in (text + printed).casefold()] == []
    rows = next(table["rows"] for table in data["tables"] if table["table"] == LOG)
    assert len(sealed) > 6
    assert not {row["id"] for row in rows} & set(sealed)
    assert "State Department of Education" in text
    assert "State Department of Education" in printed


def test_no_number_and_no_page_of_what_is_held_tells_of_it(office: Client, maya: Student, sealed: list[str]) -> None:
    """The numbers are those of a child of whom nothing was sealed; the rows are on no list and have no page."""
    page = f"/students/{maya.pk}/held/"
    with inside(EVERYTHING):
        theirs = AuditLog.objects.filter(affected_student_ids__contains=maya.pk).exclude(pk__in=sealed).count()
    assert sum(numbers(office.get(page).content.decode())["Audit log"]) == theirs
    listed = office.get(f"{page}{LOG}/").content.decode()
    assert record(maya)[0].event_id in listed
    assert [row for row in sealed if row in listed] == []
    assert {office.get(f"{page}{LOG}/{row}/").status_code for row in sealed} == {404}


def test_what_a_search_found_is_not_told(office: Client, schools: Schools, maya: Student) -> None:
    """The number of rows of a search or a file of the log would count what is sealed: that there was one is shown."""
    counted = json.dumps({"events": ["disclosure.made"], "rows": 98_765_432})
    row = make.audit_row(
        school=schools.harbour, event_type="export.created", resource_id=maya.pk, data_accessed=counted
    )
    page = office.get(f"/students/{maya.pk}/held/{LOG}/{row.pk}/").content.decode()
    assert "export.created" in page
    assert "98765432" not in page.replace(",", "")
    assert "disclosure.made" not in page


def test_the_record_of_disclosures_keeps_it_from_parents(office: Client, maya: Student, sealed: list[str]) -> None:
    """The office has four entries; a parent's copy one, whoever wrote the correction that sealed another."""
    assert len(record(maya)) == 4
    with inside(EVERYTHING):
        [shown] = record_of(maya.pk, since=None, until=None, parents=True)
    assert shown.party == "State Department of Education"


def test_a_copy_that_told_of_it_is_taken_back(office: Client, schools: Schools, maya: Student) -> None:
    """Once a correction seals an entry, nobody gets the copies for her family; those of others and the office stay."""
    row = disclosed(office, maya, "Marshal")
    hers, of_record, of_office, his = (
        made(schools.harbour, kind=kind) for kind in (STUDENT_COPY, KIND, KIND, STUDENT_COPY)
    )
    for making, student in ((hers, maya.pk), (of_record, maya.pk), (of_office, maya.pk), (his, "noah")):
        making.students, making.parameters = [student], {"copy": PARENTS} if making is of_record else {}
        making.save()
    said = SAID | {"party": "Marshal", "basis": "FERPA_A9_SUBPOENA"}
    again = office.post(reverse("disclosure-correct", args=[row]), said | {"sealed": "on"}, follow=True)
    assert "2 copies for the family told of it" in again.content.decode()
    gone = Making.objects.exclude(ended_at=None)
    assert set(gone) == {hers, of_record}
    assert [file.file for making in gone for file in making.files.all()] == [""] * 4
    delivery.deliver()
    with inside(EVERYTHING):
        events = AuditLog.objects.filter(event_type="export.deleted")
        assert {event.affected_student_ids for event in events} == {None}
