"""The reader against published OneRoster packages that lie beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories.rosters import read

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "oneroster"
CONFORMANCE = DATA / "conformance_longsight"
INDEX: list[dict[str, Any]] = (
    json.loads((CONFORMANCE / "index.json").read_text(encoding="utf-8"))
    if (CONFORMANCE / "index.json").is_file()
    else []
)
pytestmark = pytest.mark.skipif(not INDEX, reason=f"the published packages are not at {DATA}")

VALID = [str(entry["file"]) for entry in INDEX if entry.get("expect") == "ok"]
INVALID = [
    (str(entry["file"]), [str(code) for code in entry["expect"]])
    for entry in INDEX
    if isinstance(entry.get("expect"), list)
]


def codes(name: str) -> set[str]:
    """Return the fault codes of one published package."""
    with (CONFORMANCE / name).open("rb") as stream:
        return {fault.code for fault in read(stream).reading.faults}


@pytest.mark.parametrize("name", VALID)
def test_valid_packages_are_read(name: str) -> None:
    """Every valid package of every profile is read without a fault."""
    assert codes(name) == set()


@pytest.mark.parametrize(("name", "expected"), INVALID, ids=[name for name, _ in INVALID])
def test_invalid_packages_are_refused(name: str, expected: list[str]) -> None:
    """Every fault is told with the published code, in files of which nothing is used too."""
    assert set(expected) <= codes(name)


def test_metadata_columns_are_taken() -> None:
    """Vendors' own columns behind the specification's are fine."""
    assert codes("metadata.zip") == set()


def test_diagnostics_repeat_no_value() -> None:
    """The package made to catch leaks is refused without one of its values in the words."""
    with (CONFORMANCE / "diagnostic-safety.zip").open("rb") as stream:
        told = " ".join(str(fault) for fault in read(stream).reading.faults)
    assert "reference.duplicate_sourced_id" in told
    assert "safety-" not in told


@pytest.mark.parametrize("name", ["grandbend-small-1.1.zip", "grandbend-small-1.2.zip"])
def test_the_grand_bend_district_is_read(name: str) -> None:
    """60 students of three schools, each with a birth date and a guardian, in both versions."""
    with (DATA / name).open("rb") as stream:
        roster = read(stream).roster
    assert roster is not None
    assert [len(part) for part in (roster.districts, roster.schools, roster.students, roster.guardians)] == [
        1,
        3,
        60,
        99,
    ]
    assert all(student.year and student.school for student in roster.students)
    assert {relation.student for relation in roster.relations} == {student.source_id for student in roster.students}
    assert sum(bool(guardian.email) for guardian in roster.guardians) == 2
