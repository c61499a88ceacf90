"""Prints the copy: the cover with the numbers of every table, then the rows, some at a time, bound behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from audit.reports.printing import label, parts_in
from audit.student_copy.reading import PORTION_SECONDS
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.pdf_binding import bind
from classwaves_admin.lib.pdf_document import dress
from classwaves_admin.lib.pdf_sheaf import render

__all__ = ["PRINTED", "bound", "parts_of", "print_some"]

# Rows that are printed: who reads more of them reads the JSON file, which has all.
PRINTED = 300
# Rows of one part: each is a table of its own, and printing ten takes about a second.
ROWS_A_PART = 10
STYLES = Path(settings.BASE_DIR) / "templates" / "pdf"
COVER = (STYLES / "report.css", STYLES / "student_copy.css")


def parts_of(tables: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return what is printed in parts, each a list of tables (words, rows) with ROWS_A_PART rows together at most."""
    parts: list[list[dict[str, Any]]] = []
    room = 0
    for table, row in _printed_rows(tables):
        if not room:
            parts.append([])
            room = ROWS_A_PART
        if not parts[-1] or parts[-1][-1]["words"] != table["words"]:
            parts[-1].append({"words": table["words"], "rows": []})
        parts[-1][-1]["rows"].append(row)
        room -= 1
    return parts


def print_some(workspace: Path, context: dict[str, Any], parts: Sequence[list[dict[str, Any]]]) -> int:
    """Print cover and parts for a portion's time, one at least; return how many there are by then, with the cover."""
    ends = 0.0
    for number in range(len(parts) + 1):
        done = workspace / f"{number}.json"
        if done.exists():
            continue
        if ends and time.monotonic() >= ends:
            return number
        ends = ends or time.monotonic() + PORTION_SECONDS
        if number:
            html = render_to_string("pdf/student_copy_part.html", context | {"tables": parts[number - 1]})
            worn = dress(*COVER, STYLES / "student_copy_part.css")
        else:
            html, worn = render_to_string("pdf/student_copy.html", context), dress(*COVER)
        fresh = workspace / new_id()
        render(html, worn, target=fresh.with_suffix(".part")).save(fresh)
        fresh.with_suffix(".part").replace(workspace / f"{number}.part")
        fresh.replace(done)
    return len(parts) + 1


def bound(workspace: Path, parts: int) -> Path:
    """Bind the cover and so many parts."""
    document = workspace / f"{new_id()}.pdf"
    bind(parts_in(workspace, parts), label(dress(STYLES / "report.css")), document)
    return document


def _printed_rows(tables: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    left = PRINTED
    for table in tables:
        for row in table["rows"]:
            if row["opened"] and left:
                left -= 1
                yield table, row
