"""The record of disclosures: entered, corrected, imported; sealed ones are kept from a parent's copy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.queries.disclosures import record_of
from audit.rules.disclosures import Disclosure
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]
NEW, LIST, IMPORT = reverse("disclosure-new"), reverse("disclosure-list"), reverse("disclosure-import")
SAID = {
    "kind": "made",
    "on": "2025-03-03",
    "basis": "FERPA_A3_AUDIT_EVAL",
    "party": "State Department of Education",
    "interest": "Audit of the reading program",
    "records": "Reading scores",
    "redisclosees": "",
    "threat": "",
}
HEADER = "student,date,what,party,interest,records,ground,sealed\n"


@pytest.fixture
def maya(schools: Schools) -> Student:
    """Save Maya of Harbour School."""
    return make.student(school=schools.harbour, display_name="Maya R.")


def record(student: Student | None = None, *, parents: bool = False) -> list[Disclosure]:
    """Return the record of disclosures as the report reads it."""
    delivery.deliver()
    with inside(EVERYTHING):
        return list(record_of(student.pk if student else "", since=None, until=None, parents=parents))


def test_a_disclosure_is_recorded_and_shown(office: Client, maya: Student) -> None:
    """The log has the five texts, the ground and the student; the list shows them and leaves its event."""
    answer = office.post(NEW, SAID | {"student": "Maya R."})
    assert answer["Location"] == LIST
    [one] = record(maya)
    assert (one.party, one.interest, one.records) == (SAID["party"], SAID["interest"], SAID["records"])
    assert (one.basis, one.students, one.made) == ("FERPA_A3_AUDIT_EVAL", (maya.pk,), True)
    assert one.on.date().isoformat() == "2025-03-03"
    page = office.get(LIST).content.decode()
    assert "State Department of Education" in page
    assert "Maya R." in page
    delivery.deliver()
    with inside(EVERYTHING):
        assert AuditLog.objects.filter(event_type="audit.viewed", resource_type="disclosure").exists()


def test_what_is_missing_is_asked_for(office: Client, maya: Student) -> None:
    """What was typed stays, nothing is recorded, and the name stays out of the text."""
    answer = office.post(NEW, SAID | {"student": "Maya R.", "party": "", "records": "Scores of Maya R."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The law asks for this" in page
    assert "Audit of the reading program" in page
    answer = office.post(NEW, SAID | {"student": "Maya R.", "records": "Scores of Maya R."})
    assert "Leave the student’s name out" in answer.content.decode()
    assert record() == []


def test_a_correction_is_a_later_entry(office: Client, maya: Student) -> None:
    """Both stay in the log, the later one counts, and the first cannot be corrected twice."""
    office.post(NEW, SAID | {"student": maya.pk})
    [first] = record(maya)
    address = reverse("disclosure-correct", args=[first.event_id])
    assert "Reading scores" in office.get(address).content.decode()
    assert office.post(address, SAID | {"records": "Reading scores, grade 5"})["Location"] == LIST
    [one] = record(maya)
    assert (one.records, one.corrects, one.number) == ("Reading scores, grade 5", first.event_id, first.number)
    with inside(EVERYTHING):
        assert AuditLog.objects.filter(event_type="disclosure.made").count() == 2
    assert office.get(address)["Location"] == LIST
    assert "Corrected" in office.get(LIST).content.decode()


def test_a_sealed_subpoena_is_kept_from_parents(office: Client, maya: Student) -> None:
    """The office's record has it, a parent's copy neither the row nor a gap."""
    office.post(NEW, SAID | {"student": maya.pk, "basis": "FERPA_A9_SEALED_LE"})
    office.post(NEW, SAID | {"student": maya.pk, "basis": "FERPA_A9_SUBPOENA", "sealed": "on"})
    office.post(NEW, SAID | {"student": maya.pk, "basis": "FERPA_A9_SUBPOENA"})
    assert [one.sealed for one in record(maya)] == [True, True, False]
    assert [one.sealed for one in record(maya, parents=True)] == [False]


def test_a_table_is_looked_at_before_it_is_recorded(office: Client, schools: Schools, maya: Student) -> None:
    """The first post shows the rows and records nothing; the second records them."""
    text = (
        f"{HEADER}{maya.pk},2025-03-01,disclosed,County court,Case,Attendance,FERPA_A9_COURT_ORDER,yes\n"
        "Maya R.,2025-03-02,requested,Press,Story,Names,FERPA_A7_ACCREDITING,\n"
    )
    sent = {"school": schools.harbour.pk, "file": SimpleUploadedFile("d.csv", text.encode())}
    page = office.post(IMPORT, sent)
    assert "Record 2 disclosures" in page.content.decode()
    assert "Court order, 99.31(a)(9)(i)" in page.content.decode()
    assert record() == []
    answer = office.post(IMPORT, {"school": schools.harbour.pk, "table": text, "step": "record"})
    assert answer["Location"] == LIST
    assert [(one.party, one.made, one.sealed) for one in record(maya)] == [
        ("County court", True, True),
        ("Press", False, False),
    ]


def test_faults_of_a_table_are_told_by_line(office: Client, schools: Schools, maya: Student) -> None:
    """One wrong row stops the whole table; a foreign school's child is nobody."""
    noah = make.student(school=schools.hill, display_name="Noah T.")
    text = (
        f"{HEADER}{maya.pk},2025-03-01,disclosed,Court,Case,Attendance,FERPA_A9_COURT_ORDER,\n"
        f"{noah.pk},2025-03-01,given,Court,Case,Attendance,FERPA_A9_COURT_ORDER,\n"
        f"{maya.pk},2031-03-01,disclosed,Court,,Attendance,nonsense,\n"
        f"{maya.pk},March 1,disclosed,Court,Case,Attendance,FERPA_A9_COURT_ORDER,\n"
    )
    for step in ("", "record"):
        answer = office.post(IMPORT, {"school": schools.harbour.pk, "table": text, "step": step})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "No student of the school has this id or name" in page
        assert "interest: The law asks for this" in page
        assert "ground: Write one of the grounds" in page
        assert "date: Write the day as 2026-09-01." in page
        assert "what: Write “disclosed” or “requested”." in page
        assert "nonsense" not in page.partition('id="faults"')[2].partition("</table>")[0]
    assert record() == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"student\n", HEADER.encode(), b'"'])
def test_what_is_no_table_is_refused(office: Client, schools: Schools, content: bytes) -> None:
    """With words, and without an error."""
    sent: dict[str, Any] = {"school": schools.harbour.pk, "file": SimpleUploadedFile("d.csv", content)}
    assert office.post(IMPORT, sent).status_code == 422


def test_an_auditor_sees_and_does_not_record(schools: Schools, maya: Student) -> None:
    """The list is there without the ways to write."""
    auditor = people.member("auditor", email="a@state.example", schools=(schools.harbour.pk,), until=date(2100, 1, 1))
    browser = signed_in(auditor)
    page = browser.get(LIST).content.decode()
    assert "Record a disclosure" not in page
    assert browser.get(NEW).status_code == 403
