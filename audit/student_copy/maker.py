"""Makes the copy: everything as JSON, the same printed to be read, and the recordings in which nobody else is heard."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from audit.making.kinds import Made, Part
from audit.models import Making
from audit.student_copy.printing import PRINTED, bound, parts_of, print_some
from audit.student_copy.reading import SOUNDS, read_some, rows_read, sounds, tables
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import School, Student
from retention.queries.held import Pupil, pupil_of

__all__ = ["make_copy"]

JSON, PDF = "what-is-held.json", "what-is-held.pdf"


def make_copy(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Do the next portion: gather some rows, or print some, or pack all of it. Raises CannotGoOn.

    What was gathered before stays as it was then; the copy says when it was whole.
    """
    try:
        pupil = pupil_of(next(iter(making.students), ""))
    except Student.DoesNotExist:
        raise CannotGoOn("unknown_student") from None
    gathered = workspace / "gathered.json"
    if not gathered.exists():
        if read_some(pupil, workspace):
            _gather(pupil, gathered, workspace, now)
        return Progress(rows_read(workspace), 0)
    data: dict[str, Any] = json.loads(gathered.read_text(encoding="utf-8"))
    rows = sum(len(table["rows"]) for table in data["tables"])
    sha256, parts = sha256_hex(canonical_json(data)), parts_of(data["tables"])
    printed = print_some(workspace, _printable(data, pupil, sha256), parts)
    if printed <= len(parts):
        return Progress(rows * printed // (len(parts) + 1), rows)
    return Made(
        [Part("zip", _packed(workspace, data, bound(workspace, len(parts))), "application/zip")],
        rows=rows,
        data_sha256=sha256,
        data_as_of=datetime.fromisoformat(data["as_of"]),
        told={"opened": sum(row["opened"] for table in data["tables"] for row in table["rows"])},
    )


def _gather(pupil: Pupil, gathered: Path, workspace: Path, now: datetime) -> None:
    data = {
        "student": {"id": pupil.id, "display_name": pupil.name},
        "school": School.objects.filter(pk=pupil.school_id).values_list("name", flat=True).first() or "",
        "as_of": now.isoformat(),
        "left_out": "Names, ids and words of other students; contacts of guardians; traces of staff.",
        "tables": tables(workspace, pupil),
    }
    fresh = gathered.with_suffix(f".{new_id()}")
    fresh.write_text(json.dumps(data), encoding="utf-8")
    fresh.replace(gathered)


def _printable(data: dict[str, Any], pupil: Pupil, sha256: str) -> dict[str, Any]:
    """Return what the printed copy says: on its cover each table with its numbers, and why rows stay closed."""
    counted = [
        {
            "words": table["words"],
            "rows": len(table["rows"]),
            "opened": sum(row["opened"] for row in table["rows"]),
            "reasons": sorted({row["why_not"] for row in table["rows"] if not row["opened"]}),
        }
        for table in data["tables"]
    ]
    return {
        "pupil": pupil,
        "school": data["school"],
        "counted": counted,
        "unprinted": max(sum(one["opened"] for one in counted) - PRINTED, 0),
        "sha256": sha256,
        "at": datetime.fromisoformat(data["as_of"]),
        "json": JSON,
    }


def _packed(workspace: Path, data: dict[str, Any], printed: Path) -> Path:
    archive = workspace / f"{new_id()}.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        packed.writestr(JSON, json.dumps(data, indent=1, ensure_ascii=False))
        packed.write(printed, PDF)
        for sound in sounds(workspace):
            packed.write(sound, f"{SOUNDS}{sound.name}")
    return archive
