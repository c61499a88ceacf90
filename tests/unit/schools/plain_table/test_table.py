"""A plain table: its columns, its rows, its letters."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.schools.faults import PackageRefused
from classwaves_admin.schools.plain_table import Columns, Field, Reading, guess, preview, read_table
from classwaves_admin.schools.plain_table.reader import split_name, year_of
from classwaves_admin.schools.staging import Stage
from tests.factories.rosters import Roster, contents

HEADER = [
    "Student ID",
    "First name",
    "Last name",
    "Grade",
    "DOB",
    "Parent 1 name",
    "Parent 1 email",
    "Parent 1 relation",
]


def read(text: str, *, encoding: str = "utf-8", columns: dict[str, Any] | None = None) -> tuple[Roster, Reading]:
    """Read a table into a stage in memory."""
    header = next(csv.reader([text.splitlines()[0]]))
    named = columns or guess(header).data(header)
    with Stage.new() as stage:
        reading = read_table(
            io.BytesIO(text.encode(encoding)),
            stage,
            school="school-1",
            school_name="Harbour",
            encoding=encoding,
            columns=named,
        )
        return contents(stage), reading


def table(*rows: list[str]) -> str:
    """Return a table with the usual header."""
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER, *rows])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("header", "student", "guardians"),
    [
        (["ID", "Name", "Grade level"], {"student_id": 0, "full_name": 1, "grade": 2}, 0),
        (["Student Number", "Last Name", "First Name", "Birthdate"], {"student_id": 0, "birth": 3}, 0),
        (HEADER, {"student_id": 0, "first_name": 1, "last_name": 2, "birth": 4}, 1),
        (["id", "name", "Mother", "Mother email", "Father", "Father email"], {"student_id": 0}, 2),
        (["id", "name", "Guardian 1 First Name", "Guardian 1 Last Name", "guardian2_email"], {"student_id": 0}, 1),
        (["id", "name", "Emergency phone", "Notes"], {"student_id": 0, "full_name": 1}, 0),
    ],
)
def test_columns_are_guessed(header: list[str], student: dict[str, int], guardians: int) -> None:
    """Usual names are understood; a guardian without a name and unknown columns are left out."""
    found = guess(header)
    assert student.items() <= {name.value: place for name, place in found.student.items()}.items()
    assert len(found.guardians) == guardians


@given(st.lists(st.text(max_size=20), max_size=12, unique_by=str.casefold))
def test_any_header_is_guessed_or_left_out(header: list[str]) -> None:
    """No header fails; each column means one thing at most, and the guess survives being kept by names."""
    found = guess(header)
    used = [*found.student.values(), *(place for one in found.guardians for place in one.values())]
    assert len(set(used)) == len(used)
    assert all(0 <= place < len(header) for place in used)
    assert Columns.of(found.data(header), header) == found


def test_columns_are_found_again_when_they_move() -> None:
    """The office's answer holds by name; a column that is gone ends it."""
    kept = guess(HEADER).data(HEADER)
    again = Columns.of(kept, HEADER[::-1])
    assert again is not None
    assert again.student[Field.STUDENT_ID] == len(HEADER) - 1
    assert Columns.of(kept, HEADER[1:]) is None


def test_rows_become_students_and_families() -> None:
    """Quoted line breaks, commas and quotes are fine; brothers and sisters share a guardian with one address."""
    roster, reading = read(
        table(
            ["1", "Ana", 'Öz, the "great"\nII', "5", "5/31/2014", "Gül Öz", "GUL@home.example", "Mother"],
            ["2", "Ben", "Öz", "", "2016", "Gül Öz", "gul@home.example", ""],
            ["3", "Cem", "Kaya", "8", "", "Gül Öz", "", "aunt"],
        )
    )
    assert reading.faults == []
    assert [(one.name, one.year) for one in roster.students] == [("Ana Ö.", 2014), ("Ben Ö.", 2016), ("Cem K.", None)]
    assert len(roster.guardians) == 2
    assert sorted(one.student for one in roster.relations) == ["1", "2", "3"]
    assert roster.absence_tells


@pytest.mark.parametrize(
    ("row", "code", "tells"),
    [
        (["", "X", "Y", "", "", "", "", ""], "row.missing_required_value", False),
        (["2", "", "Y", "", "", "", "", ""], "row.missing_required_value", True),
        (["2", "X", "Y", "", "31 May 2014", "", "", ""], "row.invalid_date", True),
        (["2", "X", "Y", ""], "row.wrong_column_count", False),
        (["2", "X\x01", "Y", "", "", "", "", ""], "csv.control_character", True),
    ],
)
def test_a_row_with_a_fault_is_left_out(row: list[str], code: str, tells: bool) -> None:
    """The others are read; whose row it is decides whether absence still tells."""
    roster, reading = read(table(["1", "Ana", "Öz", "", "", "", "", ""], row))
    assert [fault.code for fault in reading.faults] == [code]
    assert [one.source_id for one in roster.students] == ["1"]
    assert roster.absence_tells == tells
    assert (roster.unsure == {"2"}) == tells


def test_a_student_in_two_rows_refuses_the_table() -> None:
    """A table of pairs is no table of students: the line is told."""
    _, reading = read(table(["1", "A", "B", "", "", "", "", ""], ["1", "A", "B", "", "", "", "", ""]))
    assert [(fault.line, fault.code) for fault in reading.faults] == [(3, "reference.duplicate_student")]


# A cell that is a word of our own sentences (`date`) would be found in them: letters of no word of ours.
STRANGE = "\u00e6\u00f8\u0111"
CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)
TOLD = st.text(alphabet=STRANGE + " \t\"',;=", max_size=12).map(lambda text: text and STRANGE + text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=12))
def test_any_rows_give_students_or_faults(rows: list[list[str]]) -> None:
    """Whatever stands in the cells, each row is a student, a fault of its line, or blank."""
    roster, reading = read(table(*rows))
    told = {fault.line for fault in reading.faults}
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert len(roster.students) + len(told) + blank >= len({row[0].strip() for row in rows if any(map(str.strip, row))})


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(TOLD, min_size=8, max_size=8), max_size=12))
def test_a_fault_repeats_no_cell(rows: list[list[str]]) -> None:
    """What stands in a cell may be a child's name or birthday: no message holds a part of it."""
    _, reading = read(table(*rows))
    assert not any(STRANGE in fault.message for fault in reading.faults)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(tmp_path: Path, data: bytes) -> None:
    """No file fails otherwise than with a sentence."""
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    seen = None
    with suppress(PackageRefused):
        seen = preview(path)
    if seen is not None:
        assert data.decode(seen.encoding) is not None
        assert seen.certain or seen.samples


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2014-05-31", 2014),
        ("5/31/2014", 2014),
        ("05/31/2014 00:00", 2014),
        ("31.05.2014", 2014),
        ("20140531", 2014),
        ("2014", 2014),
        ("2014-02-30", None),
        ("5/31/14", None),
        ("soon", None),
        ("", None),
    ],
)
def test_years_of_birth(text: str, year: int | None) -> None:
    """Usual ways to write a date are read; two digits of a year are nobody's to guess."""
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("full", "names"),
    [
        ("Öz, Ana Maria", ("Ana Maria", "Öz")),
        ("Ana Maria Öz", ("Ana", "Öz")),
        ("Cher", ("Cher", "")),
        ("", ("", "")),
    ],
)
def test_full_names(full: str, names: tuple[str, str]) -> None:
    """Either order is understood, and a middle name that may be a family name is let go."""
    assert split_name(full) == names
