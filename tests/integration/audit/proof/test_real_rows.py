"""Rows of real systems, sealed, verified, exported, and proved by the verifier of one file."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from audit.models import SealedRow
from audit.proof.verifier import COLUMNS
from classwaves_admin.lib import clock
from classwaves_admin.lib.many_rows import insert_rows
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import people
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON
from tests.integration.audit.proof.test_verifying import findings
from tests.integration.audit.test_export_jobs import begun, content, worked
from tests.integration.audit.test_real_rows import lines_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
CLOCKS = [NOON, datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
DETAILS = '{"broken": '


def row_of(number: int, event: dict[str, Any], text: str, school_id: str) -> list[Any]:
    """Return a real event as a row: with its own clock where it has one, and a text that troubles programs."""
    at = CLOCKS[number % 3]
    try:
        at = datetime.fromisoformat(event["ts"])
    except (TypeError, ValueError):  # no clock, or one of another form
        at += timedelta(microseconds=number)
    values = {
        "id": f"{event['source']}-{number}",
        "actor_id": event["actor"] or "",
        "actor_type": event["source"],
        "event_type": event["event_type"] or "",
        "event_category": "cloud",
        "event_timestamp": at if at.tzinfo else at.replace(tzinfo=UTC),
        "resource_type": "thing",
        "resource_id": event["resource"],
        "school_id": school_id,
        "description": text,
        "ip_address": event["ip"],
        "user_agent": event["user_agent"],
        "data_accessed": (DETAILS + text * 99)[: event["detail_bytes"] * 3],
        "created_at": clock.now(),
    }
    return [values.get(name) for name in COLUMNS]


def verified(archive: Path, keys: Path, folder: Path) -> tuple[int, str]:
    """Run the verifier out of the pack, as a stranger does who has nothing else; return its exit code and words."""
    with zipfile.ZipFile(archive) as file:
        verifier = Path(file.extract("proof/verifier.py", folder))
    command = [sys.executable, "-I", str(verifier), str(archive), "--keys", str(keys)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_events_of_real_systems_are_sealed_and_proved(
    office: Client, schools: Schools, seal: Callable[[], None], settings: Settings, tmp_path: Path
) -> None:
    """A thousand rows go the whole way; then one letter of one of them, in the pack and in the log, is found."""
    events = [json.loads(line) for line in lines_of("audit/audit_sample.jsonl")]
    strings = [text for text in json.loads("\n".join(lines_of("strings/blns.json")), strict=False) if "\0" not in text]
    rows = [
        row_of(number, event, strings[number % len(strings)], schools.harbour.pk) for number, event in enumerate(events)
    ]
    with guard.writing():
        insert_rows(connections["warehouse"], AuditLog, COLUMNS, rows)
    seal()
    assert SealedRow.objects.count() >= len(rows) > 1_000
    assert findings(schools.harbour.pk) == []

    settings.EXPORT_AT_ONCE_ROWS = 5
    people.confirmed(office)
    archive, keys = tmp_path / "pack.zip", tmp_path / "keys.json"
    archive.write_bytes(content(worked(begun(office, "zip", "category:cloud"))))
    keys.write_bytes(office.get("/proof/keys.json").content)
    code, said = verified(archive, keys, tmp_path)
    assert code == 0, said
    assert f"{len(rows)} rows proved by seals, 0 by the pack alone." in said

    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "audit-log.jsonl":
                data = data.replace(b'"actor_type":"panther-okta"', b'"actor_type":"panther-0kta"', 1)
                assert data != old.read(name)
            new.writestr(name, data)
    code, said = verified(forged, keys, tmp_path)
    assert (code, said.count("the row is not as it was sealed")) == (1, 1), said
    row_id = said.partition("row '")[2].partition("'")[0]
    with guard.writing():
        AuditLog.objects.filter(pk=row_id).update(actor_type="panther-0kta")
    assert [(one.kind, one.row) for one in findings(schools.harbour.pk)] == [("altered", row_id)]
