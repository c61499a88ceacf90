"""Makes the copy: everything as JSON, the same printed to be read, and the recordings in which nobody else is heard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.template.loader import render_to_string

from audit.making.kinds import Made, Part
from audit.models import Making
from classwaves_admin.jobs.kinds import CannotGoOn
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.pdf import render_pdf
from classwaves_admin.warehouse.models import School, Student
from retention.files import NotHere, opened
from retention.queries.held import Pupil, pupil_of
from retention.queries.held_copy import Copied, everything_of
from retention.words import table_words

__all__ = ["make_copy"]

# Rows that are printed: as many as fit into the lease of the job. The JSON file has all of them.
PRINTED = 100
STYLES = Path(settings.BASE_DIR) / "templates" / "pdf"
JSON, PDF, SOUNDS = "what-is-held.json", "what-is-held.pdf", "recordings/"


def make_copy(*, making: Making, workspace: Path, now: datetime) -> Made:
    """Gather, print and pack what is held of the student of a making, in one portion. Raises CannotGoOn."""
    try:
        pupil = pupil_of(next(iter(making.students), ""))
    except Student.DoesNotExist:
        raise CannotGoOn("unknown_student") from None
    archive = workspace / f"copy-{new_id()}.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        tables = [_table(rule.name, rows, packed) for rule, rows in everything_of(pupil)]
        data: dict[str, Any] = {
            "student": {"id": pupil.id, "display_name": pupil.name},
            "school": _school(pupil),
            "as_of": now.isoformat(),
            "left_out": "Names, ids and words of other students; contacts of guardians; traces of staff.",
            "tables": tables,
        }
        content = canonical_json(data)
        packed.writestr(JSON, json.dumps(data, indent=1, ensure_ascii=False))
        packed.writestr(PDF, _printed(data, pupil, sha256_hex(content), now))
    rows = sum(len(table["rows"]) for table in tables)
    return Made(
        [Part("zip", archive, "application/zip")],
        rows=rows,
        data_sha256=sha256_hex(content),
        data_as_of=now,
        told={"opened": sum(row["opened"] for table in tables for row in table["rows"])},
    )


def _school(pupil: Pupil) -> str:
    return School.objects.filter(pk=pupil.school_id).values_list("name", flat=True).first() or ""


def _table(name: str, rows: Iterator[Copied], packed: ZipFile) -> dict[str, Any]:
    return {"table": name, "words": table_words(name), "rows": [_row(row, packed) for row in rows]}


def _row(row: Copied, packed: ZipFile) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": row.id,
        "at": row.moment.isoformat(),
        "about": "this student" if row.own else "others too",
        "opened": row.opening.may,
    }
    if not row.opening.may:
        return told | {"why_not": row.opening.why}
    says = [
        {"column": one.column, "label": one.label, "value": _plain(one.value)}
        for one in row.fields
        if one.value is not None
    ]
    sound = _sound(row, packed)
    return told | {"says": says} | ({"sound": sound} if sound else {})


def _plain(value: str | datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _sound(row: Copied, packed: ZipFile) -> str | None:
    """Put the sound of a recording into the archive, under a name of our own; return that name, None for none."""
    if not row.file:
        return None
    try:
        file = opened(row.file)
    except NotHere:
        return None
    name = f"{SOUNDS}{sha256_hex(row.id.encode())[:16]}"
    with file, packed.open(name, "w", force_zip64=True) as into:
        shutil.copyfileobj(file, into)
    return name


def _printed(data: dict[str, Any], pupil: Pupil, sha256: str, now: datetime) -> bytes:
    left, tables = PRINTED, []
    for table in data["tables"]:
        opened_rows = [row for row in table["rows"] if row["opened"]]
        shown = opened_rows[:left]
        left -= len(shown)
        reasons = sorted({row["why_not"] for row in table["rows"] if not row["opened"]})
        tables.append({**table, "shown": shown, "more": len(opened_rows) - len(shown), "reasons": reasons})
    context = {"pupil": pupil, "school": data["school"], "tables": tables, "sha256": sha256, "at": now, "json": JSON}
    html = render_to_string("pdf/student_copy.html", context)
    return render_pdf(html, stylesheets=[STYLES / "report.css", STYLES / "student_copy.css"])
