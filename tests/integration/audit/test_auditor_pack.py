"""The auditor pack: one ZIP that is read, counted and checked without the portal, and handed over to few."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import page
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audit.exports import auditor_pack, pack, writing
from audit.making.storage import workspace_of
from audit.models import Making
from audit.reports import making as report_making
from classwaves_admin.accounts.standing import forget
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside, system_scope
from classwaves_admin.warehouse.guard import writing as catalog_writing
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.slow]
URL = "/reports/new/auditor-pack/"
AT = datetime(2025, 3, 3, 15, 0, tzinfo=UTC)
MARCH = {"first": "2025-03-01", "last": "2025-03-31"}
ROWS = 9


@pytest.fixture
def maya(schools: Schools) -> Student:
    """Return a child of Harbour School whom nine events of March concern; other events are around them."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    for number in range(ROWS):
        moment = AT + timedelta(days=number)
        make.audit_row(
            school=schools.harbour,
            resource_id=child.pk,
            event_timestamp=moment,
            created_at=moment,
            event_type="consent.granted" if number % 2 else "student.viewed",
            description="=1+1" if not number else f"Entry {number}",
        )
    make.audit_row(school=schools.harbour, event_timestamp=AT + timedelta(days=60), created_at=AT)
    make.audit_row(school=schools.hill, event_timestamp=AT, created_at=AT)
    return child


@pytest.fixture
def rivera(schools: Schools, maya: Student, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return the office of Harbour School, who has just typed the password; work goes in small portions."""
    settings.REPORT_PROCESSES = 1
    monkeypatch.setattr(writing, "PORTION", 4)
    monkeypatch.setattr(pack, "PORTION_BYTES", 900)
    browser = signed_in(people.staff(school=schools.harbour)[0])
    people.confirmed(browser)
    return browser


def asked(browser: Client, **given: str) -> Making:
    """Ask for a pack by its form, and return its making."""
    answer = browser.post(URL, MARCH | given)
    assert answer.status_code == 302, answer.content.decode()
    making = Making.objects.latest("asked_at")
    assert answer["Location"] == reverse("made-file", args=[making.pk])
    return making


def worked(making: Making) -> Job:
    """Let the worker work on it, and return the job as it is then."""
    with system_scope(reason="test"):
        job = Job.objects.get(subject_id=making.pk)
        for _ in range(30):
            if not running.run(job.pk):
                break
        job.refresh_from_db()
    making.refresh_from_db()
    return job


def made(browser: Client, **given: str) -> Making:
    """Have a pack made, and return its making."""
    making = asked(browser, **given)
    job = worked(making)
    assert (job.state, job.failure) == (State.DONE, "")
    return making


def content(making: Making) -> bytes:
    """Return the ZIP file as it lies in storage."""
    with default_storage.open(making.files.get(format="zip").file) as file:
        return bytes(file.read())


def unpacked(making: Making, folder: Path) -> Path:
    """Return the folder of the unpacked ZIP file."""
    with zipfile.ZipFile(io.BytesIO(content(making))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def verified(folder: Path) -> tuple[int, str]:
    """Run the command of the README in the folder, without the portal; return how it ended and what it said."""
    (command,) = re.findall(r"^ +python3 (proof/verifier\.py \.)$", (folder / "README.txt").read_text(), re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-I", *command.split()], cwd=folder, check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_every_file_holds_the_same_events(rivera: Client, maya: Student, schools: Schools, tmp_path: Path) -> None:
    """PDF, its table, CSV, JSON Lines and the manifest: same number, same ids, hashes that fit; nothing of others."""
    making = made(rivera)
    folder = unpacked(making, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (folder / "audit-log.jsonl").read_bytes().splitlines()]
    ids = [line["id"] for line in lines]
    assert [row["id"] for row in table(folder / "audit-log.csv")] == ids
    assert [row["event_id"] for row in table(folder / "access-audit.csv")] == ids[::-1]
    assert {line["school_id"] for line in lines} == {schools.harbour.pk}
    assert manifest["rows"] == making.rows == len(ids) == ROWS
    assert {file["name"]: file["rows"] for file in manifest["files"]} == dict.fromkeys(
        ("access-audit.pdf", "access-audit.csv", "audit-log.csv", "audit-log.jsonl"), ROWS
    )
    for file in manifest["files"]:
        data = (folder / file["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert manifest["schools"] == [{"id": schools.harbour.pk, "name": "Harbour School"}]
    assert manifest["period"] == {"since": "2025-03-01T00:00:00-05:00", "until": "2025-04-01T00:00:00-04:00"}
    assert manifest["query"] == "after:2025-03-01 before:2025-04-01"
    assert manifest["data_as_of"] == making.asked_at.isoformat()
    assert table(folder / "audit-log.csv")[-1]["description"] == "'=1+1"


def test_the_report_in_it_is_accessible_and_holds_every_event(rivera: Client, tmp_path: Path) -> None:
    """PDF/UA-1, a line for each event, the number and the hash of its table on the cover, and its picture beside."""
    making = made(rivera)
    folder = unpacked(making, tmp_path)
    pdf = (folder / "access-audit.pdf").read_bytes()
    assert page.validate_pdf_bytes(pdf, profile="ua1").is_compliant
    text = re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages))
    assert f"This report holds {ROWS} rows" in text
    sha256 = hashlib.sha256((folder / "access-audit.csv").read_bytes()).hexdigest()
    assert sha256 in text.replace(" ", "")
    assert making.data_sha256 == sha256
    assert len(re.findall(r"Mar \d+, 2025, 1\d:00 AM E[SD]T", text)) == ROWS
    assert making.pages == len(PdfReader(io.BytesIO(pdf)).pages)
    assert rivera.get(reverse("made-picture", args=[making.pk])).status_code == 200


def test_the_verifier_in_it_proves_every_event(rivera: Client, seal: Callable[[], None], tmp_path: Path) -> None:
    """The one command of the README: all is as it was sealed; sealed events by their seals, a new one by the pack."""
    seal()
    making = made(rivera)
    folder = unpacked(making, tmp_path)
    code, said = verified(folder)
    assert (code, f"{ROWS} rows proved by seals, 0 by the pack alone." in said) == (0, True), said
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["proof"] == {"sealed": ROWS, "unsealed": 0}
    assert len((folder / "proof" / "seals.jsonl").read_bytes().splitlines()) >= ROWS


def test_the_verifier_names_what_was_changed(rivera: Client, seal: Callable[[], None], tmp_path: Path) -> None:
    """An event, the report, its table, the manifest or the README: whatever is altered or taken away is named."""
    seal()
    folder = unpacked(made(rivera), tmp_path)
    rows = folder / "audit-log.jsonl"
    whole = rows.read_bytes()
    third = json.loads(whole.splitlines()[2])
    rows.write_bytes(whole.replace(third["description"].encode(), b"Nothing happened"))
    code, said = verified(folder)
    assert (code, f"row '{third['id']}'" in said) == (1, True), said
    rows.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    assert "was sealed and is gone" in verified(folder)[1]
    rows.write_bytes(whole)
    assert verified(folder)[0] == 0
    for name in ("access-audit.pdf", "access-audit.csv", "audit-log.csv", "manifest.json"):
        path = folder / name
        before = path.read_bytes()
        path.write_bytes(before + b" ")
        code, said = verified(folder)
        assert (code, said.splitlines()[0]) == (1, f"file {name!r}: the file is not as the portal signed it.")
        path.unlink()
        assert verified(folder)[0] == 1
        path.write_bytes(before)


def test_without_a_key_the_pack_says_that_nothing_is_proved(rivera: Client, settings: Any, tmp_path: Path) -> None:
    """The form warns, the README tells, and no empty proof pretends."""
    settings.AUDIT_SEAL_KEY = ""
    assert "Sealing is paused" in rivera.get(URL).content.decode()
    folder = unpacked(made(rivera), tmp_path)
    assert "nothing here is proved" in " ".join((folder / "README.txt").read_text().split())
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["proof"] is None
    assert not (folder / "proof").exists()


def test_a_search_makes_it_smaller(rivera: Client, maya: Student, tmp_path: Path) -> None:
    """The box of the log, names included: the name goes into no kept parameter, the id does."""
    making = made(rivera, q='student:"maya" event:consent.* entry')
    folder = unpacked(making, tmp_path)
    lines = [json.loads(line) for line in (folder / "audit-log.jsonl").read_bytes().splitlines()]
    assert {line["event_type"] for line in lines} == {"consent.granted"}
    assert making.students == [maya.pk]
    assert "maya" not in json.dumps(making.parameters).lower()
    assert making.typed == {}
    assert maya.pk in (folder / "README.txt").read_text()


def test_the_page_of_the_log_leads_here_with_its_search(rivera: Client, maya: Student) -> None:
    """The form begins with the search, its days in their fields; a name does not come by the address."""
    address = f"/audit/take-away/?q=student:{maya.pk}+after:2025-03-01"
    leads = re.findall(rf'href="({URL}\?[^"]*)"', rivera.get(address).content.decode())
    shown = rivera.get(leads[0].replace("&amp;", "&")).content.decode()
    assert f'value="student:{maya.pk} after:2025-03-01"' in shown
    assert 'value="2025-03-01"' in shown
    assert "maya" not in rivera.get(URL, {"q": "student:maya"}).content.decode()


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"first": "2024-01-01", "last": "2024-01-02"}, "No event fits"),
        ({"last": "2025-02-01"}, "Choose a day on or after the first one"),
        ({"q": "evnt:x"}, "Did you mean event:?"),
        ({"q": 'student:"'}, "Close the quotation mark"),
        ({"first": "yesterday"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_made_is_said_at_once(rivera: Client, given: dict[str, str], advice: str) -> None:
    """The form comes back with what was typed and what to do; nothing is begun."""
    answer = rivera.post(URL, MARCH | given)
    assert answer.status_code == 422
    assert advice in answer.content.decode()
    assert not Making.objects.exists()


def test_more_than_can_be_printed_is_in_the_other_files(
    rivera: Client, settings: Any, seal: Callable[[], None], tmp_path: Path
) -> None:
    """The PDF is the cover: number, charts, and which file has the events, with its hash; the rest is as ever."""
    seal()
    settings.REPORT_MOST_ROWS = ROWS - 1
    making = made(rivera)
    folder = unpacked(making, tmp_path)
    assert not (folder / "access-audit.csv").exists()
    assert len(table(folder / "audit-log.csv")) == making.rows == ROWS
    pdf = (folder / "access-audit.pdf").read_bytes()
    assert page.validate_pdf_bytes(pdf, profile="ua1").is_compliant
    text = re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages))
    assert f"The file audit-log.csv holds {ROWS} rows, of Mar 3, 2025 to Mar 11, 2025" in text
    assert "Consent given" in text
    assert "The record is in audit-log.csv" in text
    assert making.data_sha256 == hashlib.sha256((folder / "audit-log.csv").read_bytes()).hexdigest()
    assert making.data_sha256 in text.replace(" ", "")
    assert "The events are too many to print" in re.sub(r"\s+", " ", (folder / "README.txt").read_text())
    code, said = verified(folder)
    assert code == 0, said


def test_it_is_private_and_logged(rivera: Client, schools: Schools, settings: Any) -> None:
    """Asking and having it ask for a fresh sign-in; both are in the log without a name; it ends after its days."""
    making = made(rivera)
    address = reverse("made-download", args=[making.pk, "zip"])
    assert rivera.get(address).getvalue() == content(making)
    stale = signed_in(people.staff(school=schools.harbour, email="second@harbour.example")[0])
    for asking in (URL, address):
        assert "reauthenticate" in stale.get(asking)["Location"]
    assert "reauthenticate" in stale.post(URL, MARCH)["Location"]
    stranger = signed_in(people.staff(school=schools.hill, email="office@hill.example")[0])
    assert people.confirmed(stranger).get(address).status_code == 404
    teacher = signed_in(people.staff("teacher", school=schools.harbour, email="t@harbour.example")[0])
    assert teacher.get(URL).status_code == 403
    delivery.deliver()
    with inside(EVERYTHING):
        rows = AuditLog.objects.filter(resource_id=making.pk).order_by("event_timestamp", "id")
        told = [(row.event_type, json.loads(str(row.data_accessed))) for row in rows]
    assert [event for event, _ in told] == ["export.created", "export.downloaded"]
    assert (told[0][1]["kind"], told[0][1]["rows"], told[0][1]["formats"]) == (
        "export.auditor_pack",
        ROWS,
        ["zip", "picture"],
    )
    assert making.made_at
    assert making.expires_at == making.made_at + timedelta(days=settings.MADE_FILE_DAYS)
    Making.objects.filter(pk=making.pk).update(expires_at=now())
    assert rivera.get(address).status_code == 404


def test_an_auditor_has_what_was_granted_until_its_end(maya: Student, schools: Schools, tmp_path: Path) -> None:
    """The pack of the one school that was granted; another school cannot be asked for; after the last day, nothing."""
    until = now().date() + timedelta(days=1)
    member = people.member("auditor", email="auditor@board.example", schools=(schools.harbour.pk,), until=until)
    auditor = signed_in(member)
    people.confirmed(auditor)
    assert auditor.post(URL, MARCH | {"q": f"school:{schools.hill.pk}"}).status_code == 422
    making = made(auditor)
    lines = (unpacked(making, tmp_path) / "audit-log.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["school_id"] for line in lines} == {schools.harbour.pk}
    address = reverse("made-download", args=[making.pk, "zip"])
    assert auditor.get(address).status_code == 200
    member.memberships.update(ends_on=now().date() - timedelta(days=2))
    forget(member)
    assert auditor.get(address).status_code in {302, 403, 404}


def test_a_pack_of_several_schools_names_them(maya: Student, schools: Schools, settings: Any, tmp_path: Path) -> None:
    """A chosen school stands in the search; without a choice all of the person's schools are in it and named."""
    settings.REPORT_PROCESSES = 1
    member = people.member(
        "auditor",
        email="auditor@board.example",
        schools=(schools.harbour.pk, schools.hill.pk),
        until=now().date() + timedelta(days=1),
    )
    browser = signed_in(member)
    people.confirmed(browser)
    one, both = made(browser, school=schools.hill.pk), made(browser)
    assert (one.school_id, one.rows) == (schools.hill.pk, 1)
    assert (both.school_id, both.rows) == ("", ROWS + 1)
    assert "Harbour School; Hill School" in (unpacked(both, tmp_path) / "README.txt").read_text()


@pytest.mark.parametrize("killed_in", ["printing", "packing", "closing"])
def test_work_that_died_is_done_anew(rivera: Client, killed_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the worker dies, another goes on, and the pack is whole."""
    where: dict[str, tuple[Any, str]] = {
        "printing": (report_making, "bound"),
        "packing": (writing.State, "save"),
        "closing": (pack, "finish_proof"),
    }
    making = asked(rivera)
    target, name = where[killed_in]
    real, calls = getattr(target, name), []

    def dying(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == (9 if killed_in == "packing" else 1):
            raise OSError("power")
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(target, name, dying)
        worked(making)
    assert making.made_at is None
    with system_scope(reason="test"):
        Job.objects.filter(subject_id=making.pk).update(next_attempt_at=now() - timedelta(days=1))
    assert worked(making).state == State.DONE
    with zipfile.ZipFile(io.BytesIO(content(making))) as archive:
        assert archive.testzip() is None
        assert len(archive.read("audit-log.jsonl").splitlines()) == ROWS


def test_a_row_that_vanishes_before_the_report_ends_it(rivera: Client, schools: Schools) -> None:
    """No pack is made whose report has other events than its other files."""
    making = asked(rivera)
    with inside(making.scope):
        workspace = workspace_of(making)
        while not (state := writing.State.load(workspace)) or not state.checked:
            auditor_pack.make_pack(making=making, workspace=workspace, now=now())
    with catalog_writing(), inside(EVERYTHING):
        AuditLog.objects.filter(event_timestamp=AT, school_id=schools.harbour.pk).delete()
    assert worked(making).failure == "rows_changed"
