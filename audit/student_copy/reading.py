"""Reads what is held of a student, a page of a table at a time, into the workspace of a making.

A page is a file of lines: the cursor behind it, then its rows as JSON. It is there as soon as it is whole, so a process
that dies loses one page, and the next one goes on behind the last.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.ids import new_id
from retention.files import NotHere, opened
from retention.queries.company import Around
from retention.queries.held import Pupil
from retention.queries.held_copy import Copied, copied_page
from retention.rules.held import rules_about_students
from retention.words import table_words

__all__ = ["PORTION_SECONDS", "SOUNDS", "read_some", "rows_read", "sounds", "tables"]

# A portion ends with the page on which so much time is over.
PORTION_SECONDS = 1.0
SOUNDS = "recordings/"


def read_some(pupil: Pupil, workspace: Path) -> bool:
    """Read pages for a portion's time, one at least; return whether everything is read."""
    known: dict[str | None, Around] = {}
    ends = 0.0
    for number, rule in enumerate(rules_about_students()):
        page, cursor = 0, ""
        while page == 0 or cursor:
            path = _page(workspace, number, page)
            if path.exists():
                with path.open(encoding="utf-8") as lines:
                    cursor = lines.readline().strip()
            elif ends and time.monotonic() >= ends:
                return False
            else:
                ends = ends or time.monotonic() + PORTION_SECONDS
                rows, cursor = copied_page(pupil, rule, cursor, known)
                _write(path, cursor, [_row(row, workspace) for row in rows])
            page += 1
    return True


def rows_read(workspace: Path) -> int:
    """Return how many rows are read."""
    return sum(1 for path in workspace.glob("rows-*.jsonl") for _ in _lines(path))


def tables(workspace: Path, pupil: Pupil) -> list[dict[str, Any]]:
    """Return every table with its rows, oldest first, once everything is read.

    A row that a court has sealed since its page was read is left out.
    """
    return [
        {
            "table": rule.name,
            "words": table_words(rule.name),
            "rows": [
                row
                for path in sorted(workspace.glob(f"rows-{number:02}-*.jsonl"))
                for row in map(json.loads, _lines(path))
                if row["id"] not in pupil.sealed
            ],
        }
        for number, rule in enumerate(rules_about_students())
    ]


def sounds(workspace: Path) -> list[Path]:
    """Return the sounds of the recordings in which nobody else is heard."""
    return sorted((workspace / SOUNDS).glob("*"))


def _page(workspace: Path, number: int, page: int) -> Path:
    return workspace / f"rows-{number:02}-{page:06}.jsonl"


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        next(lines)
        yield from lines


def _write(path: Path, cursor: str, rows: list[dict[str, Any]]) -> None:
    fresh = path.with_suffix(f".{new_id()}")  # a worker that lost its lease may still write
    with fresh.open("w", encoding="utf-8") as lines:
        lines.write(f"{cursor}\n")
        lines.writelines(f"{json.dumps(row)}\n" for row in rows)
    fresh.replace(path)


def _row(row: Copied, workspace: Path) -> dict[str, Any]:
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
    sound = _sound(row, workspace)
    return told | {"says": says} | ({"sound": sound} if sound else {})


def _plain(value: str | datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _sound(row: Copied, workspace: Path) -> str | None:
    """Put the sound of a recording into the workspace, under a name of our own; return that name, None for none."""
    if not row.file:
        return None
    try:
        file = opened(row.file)
    except NotHere:
        return None
    name = f"{SOUNDS}{sha256_hex(row.id.encode())[:16]}"
    (workspace / SOUNDS).mkdir(exist_ok=True)
    fresh = workspace / f"{new_id()}.sound"
    with file, fresh.open("wb") as into:
        shutil.copyfileobj(file, into)
    fresh.replace(workspace / name)
    return name
