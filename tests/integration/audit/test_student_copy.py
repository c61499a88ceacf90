"""The copy of what is held of a student: made for a request, of that child alone, handed over to close it."""

from __future__ import annotations

import io
import json
from datetime import date
from zipfile import ZipFile

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from audit.making.step import make_step
from audit.making.storage import workspace_of
from audit.models import Making
from audit.student_copy import printing, reading
from audit.student_copy.kind import REQUEST, STUDENT_COPY
from classwaves_admin.accounts.models import User
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from retention.files import RECORDINGS
from retention.models import RightsRequest
from retention.rules.held import rules_about_students
from retention.vocabulary import RequestKind
from tests.factories import catalog as make
from tests.factories import made as factory
from tests.factories import people, requests
from tests.factories.planted import OWN, SECRETS, Family, planted
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
SOUND = b"RIFF maya alone"


@pytest.fixture
def family(schools: Schools) -> Family:
    """Return Maya and her brother, and a recording of Maya alone."""
    found = planted(schools.harbour)
    path = storages[RECORDINGS].save("copy/maya.wav", ContentFile(SOUND))
    make.recording(session=found.ours.session, participant=found.ours, file_path=path)
    return found


@pytest.fixture
def asked(family: Family) -> RightsRequest:
    """Return the request of a parent for a copy."""
    return requests.request(family.maya, RequestKind.COPY)


def made(office: Client, asked: RightsRequest) -> Making:
    """Have the copy made on the page of the request, and let the job run."""
    people.confirmed(office)
    assert office.post(f"/requests/{asked.pk}/copy/").status_code == 302
    making = Making.objects.get()
    with inside(EVERYTHING):
        running.run(Job.objects.get(subject_id=making.pk).pk)
    making.refresh_from_db()
    assert making.made_at
    return making


def events(name: str) -> list[AuditLog]:
    """Return the events of a name in the log."""
    delivery.deliver()
    with inside(EVERYTHING):
        return list(AuditLog.objects.filter(event_type=name))


def test_a_copy_holds_all_of_the_child_and_nothing_of_another(
    office: Client, asked: RightsRequest, family: Family
) -> None:
    """All tables, as data and printed, with the sound of her alone; no name, id or word of her brother."""
    making = made(office, asked)
    answer = office.get(f"/reports/files/{making.pk}/zip/")
    assert answer.status_code == 200
    with ZipFile(io.BytesIO(answer.getvalue())) as copy:
        names = copy.namelist()
        text = copy.read("what-is-held.json").decode()
        printed = copy.read("what-is-held.pdf")
        (sound,) = (name for name in names if name.startswith("recordings/"))
        assert copy.read(sound) == SOUND
    data = json.loads(text)
    assert [table["table"] for table in data["tables"]] == [rule.name for rule in rules_about_students()]
    everything = (text + " ".join(names)).casefold()
    assert [secret for secret in (*SECRETS, *family.ids) if secret in everything] == []
    assert OWN in text
    turns = next(table["rows"] for table in data["tables"] if table["table"] == "sessions.transcriptions")
    assert [row["opened"] for row in turns] == [True]
    assert "192.0.2.77" not in text
    assert "parent_name" not in text
    with pypdfium2.PdfDocument(printed) as pdf:
        read = " ".join(page.get_textpage().get_text_range() for page in pdf)
    assert "Maya R." in read
    assert [secret for secret in (*SECRETS, *family.ids) if secret in read.casefold()] == []
    assert making.rows == sum(len(table["rows"]) for table in data["tables"])
    assert [event.affected_student_ids for event in events("report.downloaded")] == [json.dumps([family.maya.pk])]


def test_a_copy_is_made_portion_by_portion(
    office: Client, asked: RightsRequest, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step does a page or a part and no more, the next one goes on behind it, and repeats none of it."""
    monkeypatch.setattr(reading, "PORTION_SECONDS", 0.0)
    monkeypatch.setattr(printing, "PORTION_SECONDS", 0.0)
    monkeypatch.setattr(printing, "ROWS_A_PART", 2)
    people.confirmed(office)
    office.post(f"/requests/{asked.pk}/copy/")
    making = Making.objects.get()
    workspace = workspace_of(making)
    seen: dict[str, int] = {}
    steps = 0
    with inside(EVERYTHING):
        job = Job.objects.get(subject_id=making.pk)
        while not make_step(job=job, now=now()).finished:
            steps += 1
            there = {path.name: path.stat().st_mtime_ns for path in workspace.glob("[0-9r]*.json*")}
            assert there.items() >= seen.items()
            assert len(there) == len(seen) + 1
            seen = there
    making.refresh_from_db()
    parts = len([name for name in seen if name[0].isdigit()])
    assert steps == len(rules_about_students()) + parts
    assert parts > 2
    answer = office.get(f"/reports/files/{making.pk}/zip/")
    with ZipFile(io.BytesIO(answer.getvalue())) as copy, pypdfium2.PdfDocument(copy.read("what-is-held.pdf")) as pdf:
        last = len(pdf)
        assert f"Page {last} of {last}" in pdf[last - 1].get_textpage().get_text_range()


def as_made(asked: RightsRequest, schools: Schools) -> Making:
    """Return a copy that the office of the school had made, without the work of it."""
    making = factory.made(schools.harbour, kind=STUDENT_COPY)
    making.asked_by = User.objects.get(email="rivera@harbour.example")
    making.parameters, making.students = {REQUEST: asked.pk}, [asked.student_id]
    making.save()
    return making


def test_handing_it_over_fulfils_the_request(office: Client, asked: RightsRequest, schools: Schools) -> None:
    """Only once it was downloaded; a stale sign-in makes and hands over nothing."""
    page = f"/requests/{asked.pk}/copy/"
    assert page in office.get(f"/requests/{asked.pk}/").content.decode()
    assert "reauthenticate" in office.post(page)["Location"]
    making = as_made(asked, schools)
    assert "reauthenticate" in office.get(f"/reports/files/{making.pk}/csv/")["Location"]
    people.confirmed(office)
    office.post(f"{page}handed-over/")
    asked.refresh_from_db()
    assert asked.is_open
    office.get(f"/reports/files/{making.pk}/csv/").getvalue()
    assert "It was handed over" in office.get(page).content.decode()
    office.post(f"{page}handed-over/")
    asked.refresh_from_db()
    assert (asked.outcome, asked.is_open) == ("fulfilled", False)
    assert len(events("request.access_fulfilled")) == 1


def test_nobody_but_who_asked_gets_the_file(office: Client, asked: RightsRequest, schools: Schools) -> None:
    """Neither a colleague nor the auditor of the school; and a request to delete has no copy."""
    making = as_made(asked, schools)
    auditor = people.member("auditor", email="a@audit.example", schools=(schools.harbour.pk,), until=date(2100, 1, 1))
    colleague, _ = people.staff(school=schools.harbour, email="okafor@harbour.example")
    for user in (auditor, colleague):
        browser = signed_in(user)
        people.confirmed(browser)
        for address in ("", "csv/"):
            assert browser.get(f"/reports/files/{making.pk}/{address}").status_code == 404
        assert str(making.pk) not in browser.get("/reports/").content.decode()
    assert str(making.pk) in office.get("/reports/").content.decode()
    assert signed_in(auditor).get(f"/requests/{asked.pk}/copy/").status_code == 403
    with inside(EVERYTHING):
        asked.kind = RequestKind.DELETE.value
        asked.save(update_fields=["kind"])
    assert office.get(f"/requests/{asked.pk}/copy/").status_code == 404
