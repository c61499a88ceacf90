"""Disclosures of education records: what is recorded of each (34 CFR 99.32), and who may see it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from audit.events import Basis
from audit.rules.messy import student_ids
from retention.rules.sealed import MADE, is_sealed, number_of, told

# The texts that the log holds of a disclosure, in the words of the catalog's vocabulary.
TEXTS = ("party", "interest", "records", "redisclosees", "threat")
LONGEST_TEXT = 300

# Grounds whose disclosures belong into the record, in the order of 34 CFR 99.31.
RECORDED: dict[Basis, str] = {
    Basis.TRANSFER: "School to which the student transfers, 99.31(a)(2)",
    Basis.AUDIT_EVALUATION: "Audit or evaluation of a program, 99.31(a)(3)",
    Basis.FINANCIAL_AID: "Financial aid, 99.31(a)(4)",
    Basis.JUVENILE: "Juvenile justice under State law, 99.31(a)(5)",
    Basis.STUDIES: "Study for the school, 99.31(a)(6)",
    Basis.ACCREDITING: "Accrediting organization, 99.31(a)(7)",
    Basis.DEPENDENT_PARENT: "Parent of a dependent student, 99.31(a)(8)",
    Basis.COURT_ORDER: "Court order, 99.31(a)(9)(i)",
    Basis.SUBPOENA: "Subpoena, 99.31(a)(9)(i)",
    Basis.SEALED: "Sealed subpoena of law enforcement, 99.31(a)(9)(ii)",
    Basis.EMERGENCY: "Health or safety emergency, 99.31(a)(10) and 99.36",
    Basis.SEX_OFFENDER: "Registered sex offenders, 99.31(a)(16)",
    Basis.CHILD_WELFARE: "Child welfare agency, 20 USC 1232g(b)(1)(L)",
    Basis.USDA_MEALS: "School meals program, 20 USC 1232g(b)(1)(K)",
}
# 34 CFR 99.32(d): the parent or eligible student, school officials, who has a parent's consent, directory requests.
EXEMPT = frozenset(
    {
        Basis.SCHOOL_OFFICIAL,
        Basis.CONTRACTOR,
        Basis.PARENT_OR_STUDENT,
        Basis.WRITTEN_CONSENT,
        Basis.DIRECTORY,
    }
)
# What a court may seal; a sealed subpoena of law enforcement always is (99.31(a)(9)(ii)(A) and (B)).
MAY_BE_SEALED = frozenset({Basis.COURT_ORDER, Basis.SUBPOENA})


class LogRow(Protocol):
    """The columns of `compliance.audit_log` that tell of a disclosure."""

    pk: str
    event_type: str
    event_timestamp: datetime
    school_id: str
    actor_id: str
    actor_type: str
    resource_type: str
    resource_id: str | None
    compliance_basis: str | None
    data_accessed: str | None
    affected_student_ids: str | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure as the log has it. `number` is shared by an entry and its corrections."""

    event_id: str
    number: str
    made: bool
    at: datetime
    on: datetime
    school_id: str
    students: tuple[str, ...]
    basis: str
    party: str
    interest: str
    records: str
    redisclosees: str
    threat: str
    sealed: bool
    corrects: str
    recorded_by: str
    recorded_as: str

    @property
    def basis_words(self) -> str:
        """Return the ground in words; its code where another service has one of its own."""
        return basis_words(self.basis)


def basis_words(code: str) -> str:
    """Return the words for a ground; the code itself for one that the record does not know."""
    return next((words for basis, words in RECORDED.items() if basis == code), code)


def disclosure_of(row: LogRow) -> Disclosure:
    """Return a row of the log as a disclosure; whatever another service left out is empty."""
    said = told(row.data_accessed)
    texts = {name: _text(said.get(name)) for name in TEXTS}
    return Disclosure(
        event_id=row.pk,
        number=number_of(row.pk, row.resource_type, row.resource_id),
        made=row.event_type == MADE,
        at=row.event_timestamp,
        on=_moment(said.get("on")) or row.event_timestamp,
        school_id=row.school_id,
        students=tuple(student_ids(row.affected_student_ids)),
        basis=row.compliance_basis or "",
        sealed=is_sealed(row.compliance_basis, said),
        corrects=_text(said.get("corrects")),
        recorded_by=row.actor_id,
        recorded_as=row.actor_type,
        **texts,
    )


def in_force(entries: Iterable[Disclosure]) -> list[Disclosure]:
    """Return of each number the latest entry, in the order in which the first ones were made."""
    latest: dict[str, Disclosure] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.event_id)):
        latest[entry.number] = entry
    return list(latest.values())


def for_parents(entries: Iterable[Disclosure], versions: Iterable[Disclosure] = ()) -> list[Disclosure]:
    """Return what a parent's copy may show: nothing that a court has sealed, in any of its versions.

    `versions` are further ones, such as a correction that names no student.
    """
    kept = list(entries)
    hidden = {entry.number for entry in (*kept, *versions) if entry.sealed}
    return [entry for entry in kept if entry.number not in hidden]


def belongs_in_record(entry: Disclosure) -> bool:
    """Tell whether 34 CFR 99.32 asks for it."""
    return entry.basis not in EXEMPT


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person says about one disclosure. `on` is the day at the school."""

    made: bool
    on: date
    basis: Basis
    party: str
    interest: str
    records: str
    redisclosees: str = ""
    threat: str = ""
    sealed: bool = False

    @property
    def basis_words(self) -> str:
        """Return the ground in words."""
        return basis_words(self.basis)


def problems_of(entry: Entry, *, today: date, student: str) -> dict[str, str]:
    """Return what is wrong with an entry about the student of this name, by field: words that say what to do."""
    found: dict[str, str] = {}
    for name, words in (("party", "who"), ("interest", "what for"), ("records", "which records")):
        if not getattr(entry, name).strip():
            found[name] = f"Say {words}: the law asks for it."
    for name in TEXTS:
        text = getattr(entry, name)
        if len(text) > LONGEST_TEXT:
            found[name] = f"Write at most {LONGEST_TEXT} characters."
        elif student and student.casefold() in text.casefold():
            found[name] = "Leave the student’s name out of the text: the entry is about the student already."
    if entry.on > today:
        found["on"] = "Choose a day that is not in the future."
    if entry.basis not in RECORDED:
        found["basis"] = "Choose a ground that belongs into the record."
    if entry.basis is Basis.EMERGENCY and not entry.threat.strip():
        found["threat"] = "Name the threat: 34 CFR 99.32(a)(5) asks for it in an emergency."
    if entry.sealed and entry.basis not in MAY_BE_SEALED and entry.basis is not Basis.SEALED:
        found["sealed"] = "Only a court order or a subpoena can be sealed."
    return found
