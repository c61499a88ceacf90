"""What is shown of one row about one student: every column by its privacy class, without what is others'.

Contacts and traces of guardians and staff stay out: guardians never see each other's (COMPLIANCE, 2), and the pages
show what the student's copy holds. A column that names a person says who that is to the student, never another's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from classwaves_admin.warehouse.fields import ArrayField, CatalogColumn, MapField
from classwaves_admin.warehouse.inventory import Privacy, Subject, table
from classwaves_admin.warehouse.models import AuditLog
from retention.fates import Rule
from retention.rules.opening import Parts, names_others
from retention.rules.other_children import ANOTHER, Others
from retention.rules.sealed import counts_rows

__all__ = ["HIDDEN", "Field", "Kind", "fields_of", "shown_columns"]

# Columns that stay out although their class is shown, with the reason.
HIDDEN: Mapping[str, Mapping[str, str]] = {
    "audio.recordings": {
        "file_path": "Where a voice is kept is for nobody to read.",
        "last_error": "What went wrong on a machine, which may name its files.",
    },
    "compliance.audit_log": {
        "ip_address": "The device of whoever did it, mostly staff.",
        "user_agent": "The device of whoever did it, mostly staff.",
    },
    "operational.system_events": {"error_details": "What went wrong on a machine, for those who mend it."},
}
# What a guardian is to the child is no contact.
_SHOWN_OF_GUARDIANS = frozenset({"relationship"})
_LEFT_OUT = frozenset({Privacy.GUARDIAN_PII, Privacy.STAFF_PII})
# Columns whose value is the id of a person or of what the student took part in.
_PEOPLE = frozenset(
    [
        "student_id",
        "participant_id",
        "speaker_id",
        "sender_id",
        "recipient_id",
        "target_student_id",
        "applies_to_id",
        "user_id",
        "actor_id",
        "resource_id",
    ]
)
_LISTS = frozenset({"affected_student_ids"})
_OWN = {
    Subject.STUDENT: "This student",
    Subject.PARTICIPANT: "This student",
    Subject.GROUP: "The group of this student",
    Subject.SESSION: "The session of this student",
}


class Kind(StrEnum):
    """How a value is set: as words, as text of a machine, as a moment."""

    WORDS = "words"
    RAW = "raw"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Field:
    """One column as it is shown: its name in the catalog, what it is, the value; None where there is none."""

    column: str
    label: str
    kind: Kind
    value: str | datetime | None


def shown_columns(rule: Rule) -> list[CatalogColumn[Any, Any]]:
    """Return the columns of a table that are shown, in the catalog's order."""
    entry, hidden = table(rule.model), HIDDEN.get(rule.name, {})
    shown = []
    for field in rule.model.columns():
        column = str(field.column)
        open_to_all = entry.privacy[column] not in _LEFT_OUT or column in _SHOWN_OF_GUARDIANS
        if open_to_all and column not in hidden:
            shown.append(field)
    return shown


def fields_of(rule: Rule, row: Any, parts: Parts, others: Others) -> tuple[Field, ...]:
    """Return what is shown of a row that may be opened, column for column."""
    return tuple(_field(field, _value(row, field.attname), parts, others) for field in shown_columns(rule))


def _value(row: Any, column: str) -> Any:
    """Return a value; of the log none by which rows that a court has sealed could be counted."""
    if isinstance(row, AuditLog) and column == "data_accessed" and counts_rows(row.event_type):
        return None
    return getattr(row, column)


def _field(field: CatalogColumn[Any, Any], value: Any, parts: Parts, others: Others) -> Field:
    column, label = str(field.column), field.catalog_description.removesuffix(" (FK)")
    if value is None or value == "":
        return Field(column, label, Kind.WORDS, None)
    if column in _PEOPLE:
        return Field(column, label, Kind.WORDS, _person(str(value), parts))
    if column in _LISTS:
        return Field(column, label, Kind.WORDS, _students(str(value), parts))
    if isinstance(value, datetime):
        return Field(column, label, Kind.MOMENT, value)
    if isinstance(value, bool):
        return Field(column, label, Kind.WORDS, "Yes" if value else "No")
    if isinstance(field, MapField | ArrayField):
        return Field(column, label, Kind.RAW, others.shown_value(value))
    if not isinstance(value, str):
        return Field(column, label, Kind.WORDS, str(value))
    shown = others.shown(value)
    return Field(column, label, Kind.RAW if shown.startswith(("{", "[\n", "[]")) else Kind.WORDS, shown)


def _person(value: str, parts: Parts) -> str:
    return next((words for subject, words in _OWN.items() if value in parts[subject]), "Somebody else")


def _students(value: str, parts: Parts) -> str:
    """Return whom a list of ids names, whatever form it has: this student, and whether others."""
    own = parts[Subject.STUDENT]
    said = ["This student"] if any(one in value for one in own) else []
    return ", ".join([*said, ANOTHER] if names_others(value, own) else said)
