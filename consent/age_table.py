"""The register of ages as a table for a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from classwaves_admin.lib.safe_csv import Cell
from classwaves_admin.schools.grades import grade_label
from consent.queries.ages import Registered
from consent.words import age_method_words

HEADER: Final = (
    "Student id",
    "Name",
    "Grade",
    "School",
    "Birth year",
    "Treated as",
    "How the age is known",
    "Known since (UTC)",
    "Parent's verified consent",
    "Collection limited",
    "No behavioral targeting",
    "No sharing with third parties",
    "Deleted by itself",
    "Deleted after days",
    "Deletion asked for (UTC)",
    "Parents' access",
    "To note",
)


def as_cells(row: Registered, schools: Mapping[str, str]) -> tuple[Cell, ...]:
    """Return one student's line under HEADER; empty where nothing is recorded. Times are in UTC."""
    line, shown, limits = row.line, row.shown, row.line.limits
    notes = [fault.label for fault in line.faults] + (["Adult, not asked yet"] if line.not_invited else [])
    return (
        row.student.id,
        row.student.display_name,
        grade_label(row.student.grade_level),
        schools.get(row.student.school_id, row.student.school_id),
        shown.birth_year,
        str(line.group.label),
        age_method_words(shown.age_verification_method),
        _moment(shown.age_verified_at),
        _word(line.consented) if line.under_13 else "not needed",
        _word(limits.data_collection_limited),
        _word(limits.no_behavioral_targeting),
        _word(limits.no_third_party_sharing),
        _word(shown.auto_delete_enabled),
        shown.delete_after_days,
        _moment(shown.deletion_requested_at),
        _word(shown.parent_access_enabled),
        "; ".join(str(note) for note in notes),
    )


def _word(stands: bool | None) -> str:
    return "" if stands is None else "yes" if stands else "no"


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
