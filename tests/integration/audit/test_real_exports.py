"""Rows and texts of the real world leave in every form as they are: nothing is lost, calculated or read as markup."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from audit.exports.formats import COLUMNS
from audit.proof.verifier import INSTANTS, leaf, row_of
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.safe_csv import STARTS_FORMULA
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools
from tests.integration.audit.test_export import URL
from tests.integration.audit.test_real_rows import _strings, lines_of

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
CLOCKS = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)]
Stored = list[dict[str, Any]]


@pytest.fixture
def real(office: Client, schools: Schools) -> tuple[Client, Stored]:
    """Save every event and every string in the log; give the office, who has just signed in, and the rows."""
    template = make.audit_row(school=schools.harbour, id="template")
    rows = [_of_a_system(json.loads(text)) for text in lines_of("audit/audit_sample.jsonl")]
    names = [text for name in ("forenames", "surnames") for text in lines_of(f"strings/common-{name}-by-country.csv")]
    texts = [
        *_strings(),
        *lines_of("strings/user_agents_500.txt"),
        *lines_of("strings/isemail_tests.xml"),
        *names[::10],
    ]
    rows += [
        {"description": text, "user_agent": text, "data_accessed": text, "actor_id": text, "affected_student_ids": text}
        for text in texts
        if "\0" not in text  # no database takes one in text
    ]
    common = {column: getattr(template, column) for column in COLUMNS} | {"event_type": "real"}
    made = [
        AuditLog(
            **common | {"event_timestamp": CLOCKS[number % 3], "created_at": now()} | row | {"id": f"row-{number}"}
        )
        for number, row in enumerate(rows)
    ]
    with writing(), inside(EVERYTHING):
        AuditLog.objects.bulk_create(made)
        AuditLog.objects.filter(pk="template").delete()
        stored = list(
            AuditLog.objects.filter(pk__startswith="row-").order_by("-event_timestamp", "-id").values(*COLUMNS)
        )
    assert len(stored) == len(rows) > 2_000
    people.confirmed(office)
    return office, stored


def _of_a_system(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event of another system as a row; its details are no JSON."""
    row = {
        "actor_id": str(event["actor"]),
        "resource_id": event["resource"],
        "ip_address": event["ip"],
        "user_agent": event["user_agent"],
        "data_accessed": "{" + "x" * event["detail_bytes"],
        "description": f"{event['source']}: {event['event_type']}",
    }
    moment = _moment(event["ts"])
    return row | ({"event_timestamp": moment} if moment else {})


def _moment(written: object) -> datetime | None:
    """Return a time in one of the ways in which systems write it, or None."""
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def file(browser: Client, form: str) -> bytes:
    """Return the file of all events but those of the portal itself."""
    answer = browser.post(URL, {"form": form, "q": "event:real"})
    assert answer.status_code == 200
    return bytes(answer.getvalue())


def read_back(lines: bytes) -> Stored:
    """Return rows of JSON Lines with their times as times."""
    rows = [json.loads(line) for line in lines.removesuffix(b"\n").split(b"\n")]
    return [row | {name: datetime.fromisoformat(row[name]) for name in INSTANTS} for row in rows]


def shown(value: object) -> str:
    """Return a value as a CSV file that no spreadsheet mistakes has it."""
    text = "" if value is None else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds").replace("+00:00", "Z")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(STARTS_FORMULA) else text


def test_json_lines_and_parquet_hold_each_value_as_it_is(real: tuple[Client, Stored]) -> None:
    """Read back, every column of every row is what lies in the catalog, in its order."""
    browser, stored = real
    assert read_back(file(browser, "jsonl")) == stored
    assert pq.read_table(io.BytesIO(file(browser, "parquet"))).to_pylist() == stored


def test_no_cell_of_a_table_calculates(real: tuple[Client, Stored]) -> None:
    """Each cell is the text, with an apostrophe in front of what a spreadsheet would calculate, and nothing else."""
    browser, stored = real
    text = file(browser, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows == [{name: shown(row[name]) for name in COLUMNS} for row in stored]
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip(" \u00a0").startswith(STARTS_FORMULA)]
    assert [cell for cell in cells if cell[:1] == "'" and cell[1:].startswith(STARTS_FORMULA)]


def test_a_pack_of_them_is_counted_and_proved(real: tuple[Client, Stored]) -> None:
    """The manifest, the files and the proof have the same number of rows, and the verifier takes each of them."""
    browser, stored = real
    with zipfile.ZipFile(io.BytesIO(file(browser, "zip"))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        lines = archive.read("audit-log.jsonl").removesuffix(b"\n").split(b"\n")
        proofs = [json.loads(line) for line in archive.read("proof/rows.jsonl").splitlines()]
    assert manifest["rows"] == len(lines) == len(proofs) == len(stored)
    for line, proof in zip(lines, proofs, strict=True):
        assert leaf(row_of(json.loads(line)), bytes.fromhex(proof["salt"])).hex() == proof["leaf"]


def test_pages_show_them_as_text(real: tuple[Client, Stored]) -> None:
    """The page of exports and the page of the log hold no markup of a row, whatever it says."""
    browser, stored = real
    hostile = [row for row in stored if "<" in (row["description"] or "")]
    assert hostile
    address = "/audit/"
    for _ in range(4):
        page = browser.get(address, {"q": "event:real"} if address == "/audit/" else {})
        text = page.content.decode()
        assert not [row["id"] for row in hostile if row["description"] in text and len(row["description"]) > 3]
        if not page.context["next_url"]:
            break
        address = page.context["next_url"]
    assert "<script>alert" not in browser.get(URL, {"q": "event:real"}).content.decode()
