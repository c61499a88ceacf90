"""Reads a table of disclosures: every row is judged as the form judges one, faults are told by line."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from audit.disclosing.forms import EntryForm
from audit.events import Basis
from audit.rules.disclosures import RECORDED, Entry
from classwaves_admin.schools.faults import FaultList, PackageRefused
from classwaves_admin.schools.oneroster.table import Row, rows
from classwaves_admin.warehouse.models import Student

FILE = "disclosures.csv"
COLUMNS = ("student", "date", "what", "party", "interest", "records", "may pass on to", "threat", "ground", "sealed")
MUST = (*COLUMNS[:6], "ground")
MOST_ROWS = 1_000
_FIELDS = {"date": "on", "what": "kind", "may pass on to": "redisclosees", "ground": "basis"}
_COLUMNS = {value: name for name, value in _FIELDS.items()}
_SEVERAL = "Several students are called this: write the id."
_NOBODY = "No student of the school has this id or name."
# Where the form's words would repeat the cell, or speak of what is chosen.
_WORDS: Mapping[tuple[str, str | None], str] = {
    ("basis", "invalid_choice"): "Write one of the grounds of the form, in its words or as a code.",
    ("basis", "required"): "Write the ground.",
    ("kind", "invalid_choice"): "Write “disclosed” or “requested”.",
    ("kind", "required"): "Write “disclosed” or “requested”.",
    ("on", "invalid"): "Write the day as 2026-09-01.",
    ("on", "required"): "Write the day as 2026-09-01.",
}
_YES = frozenset({"yes", "y", "true", "1", "x"})


@dataclass(slots=True)
class Table:
    """What a table says: entries as (student id, name, entry), and faults as (line, words)."""

    entries: list[tuple[str, str, Entry]] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


def read(content: bytes, *, school_id: str, today: date) -> Table:
    """Return what a table of one school says. One warehouse query. Its faults name no value of a row."""
    table, noted = Table(), FaultList()
    try:
        found = list(rows(io.BytesIO(content), FILE, noted))
    except PackageRefused as refusal:
        table.faults.append((refusal.fault.line, refusal.fault.message))
        return table
    table.faults += [(fault.line, fault.message) for fault in noted.found]
    names = [cell.casefold() for cell in found[0].cells] if found else []
    if problem := _header(names, len(found)):
        table.faults.append((1, problem))
        return table
    lines = [(row, dict(zip(names, row.cells, strict=False))) for row in found[1:] if not row.is_unreadable]
    students = _students(school_id, {cells.get("student", "") for _, cells in lines})
    for row, cells in lines:
        _judge(table, row, cells, students.get(cells.get("student", ""), []), today)
    return table


def _header(names: Sequence[str], number: int) -> str:
    missing = [name for name in MUST if name not in names]
    if missing:
        return f"The first row must name the columns. These are missing: {', '.join(missing)}."
    if number < 2:  # noqa: PLR2004 - the header, and a row
        return "The table has no rows."
    return f"Send at most {MOST_ROWS:,} rows at a time." if number - 1 > MOST_ROWS else ""


def _students(school_id: str, typed: set[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Return the students of a school by id and by name, as (id, name)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    students = Student.objects.filter(Q(pk__in=typed) | Q(display_name__in=typed), school_id=school_id)
    for pk, name in students.values_list("pk", "display_name"):
        for key in {pk, name} & typed:
            found[key].append((pk, name))
    return found


def _judge(table: Table, row: Row, cells: Mapping[str, str], students: Sequence[tuple[str, str]], today: date) -> None:
    if len(students) != 1:
        table.faults.append((row.line, f"student: {_SEVERAL if students else _NOBODY}"))
    form = EntryForm({_FIELDS.get(name, name): value for name, value in cells.items()} | _codes(cells))
    student_id, name = students[0] if students else ("", "")
    if form.judge(today=today, student=name) and len(students) == 1:
        table.entries.append((student_id, name, form.entry()))
    for field_name, problems in form.errors.as_data().items():
        said = {_WORDS.get((field_name, problem.code), " ".join(problem.messages)) for problem in problems}
        table.faults += [(row.line, f"{_COLUMNS.get(field_name, field_name)}: {words}") for words in sorted(said)]


def _codes(cells: Mapping[str, str]) -> dict[str, str | bool]:
    """Return the cells that hold codes as the form takes them: a ground in words or as a code, yes and no."""
    ground = cells.get("ground", "").strip()
    by_words = {words.casefold(): basis.value for basis, words in RECORDED.items()}
    code = ground.upper() if ground.upper() in set(Basis) else by_words.get(ground.casefold(), ground)
    what = cells.get("what", "").strip().casefold()
    return {
        "basis": code,
        "kind": {"disclosed": "made", "made": "made", "requested": "requested"}.get(what, what),
        "sealed": cells.get("sealed", "").strip().casefold() in _YES,
    }
