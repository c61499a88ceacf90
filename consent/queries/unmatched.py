"""Rows of other services whose signer matches no guardian of the child."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from classwaves_admin.warehouse.models import ParentalConsent, Student
from consent.models import Answer, Guardianship, MatchedSigner
from consent.queries.rows import CatalogRow, RecordedConsent, Restricted, consents_of, facts_from_catalog, of_students
from consent.rules.status import ConsentRow
from consent.rules.unmatched import folded, is_unmatched, needs_signer
from consent.vocabulary import Relationship

# So many signers are shown, the longest waiting first; settled ones make room for the next.
MOST_SHOWN = 100
_PART = 500
# Less than SQLite takes as parameters of one statement.
_MOST_IN_A_PART = 30_000
_NOBODY = Restricted(frozenset(), frozenset())


class Signer(NamedTuple):
    """Who signed, as far as the rows tell: for which student, under which name and address."""

    student_id: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One signer whom nobody knows, with the rows that wait. `row_id` stands for all of them in addresses."""

    signer: Signer
    rows: tuple[ConsentRow, ...]
    student: Student | None = None

    @property
    def row_id(self) -> str:
        """Return the id of the oldest row."""
        return self.rows[0].id

    @property
    def types(self) -> list[str]:
        """Return the types of consent, each once."""
        return sorted({row.consent_type for row in self.rows})


def unmatched_rows(now: datetime) -> Iterator[tuple[Signer, ConsentRow]]:
    """Yield the rows of active students in scope that need a signer, oldest first. One warehouse query.

    The rows are streamed in parts and never kept; the portal's own database is asked twice for each part.
    """
    # Asked row by row: the rows come in their order, and reading ends where enough is found.
    active = Student.objects.filter(pk=OuterRef("student_id"), status="active")
    stream = (
        ParentalConsent.objects.filter(Exists(active), revoked_at=None)
        .exclude(relationship__in=[Relationship.SELF, Relationship.SCHOOL_OFFICIAL])
        .order_by("consent_date", "id")
        .values_list(*CatalogRow._fields)
        .iterator()
    )
    part = _PART
    while rows := [CatalogRow._make(one) for one in islice(stream, part)]:
        part = min(part * 4, _MOST_IN_A_PART)  # few parts, however many rows
        known = _known_signers([row.id for row in rows])
        loose = [row for row in rows if row.id not in known]
        addresses = _addresses({row.student_id for row in loose})
        for row in loose:
            if _waits(row, addresses[row.student_id], now):
                yield Signer(row.student_id, row.parent_name, row.parent_email), _facts(row)


class UnmatchedCount:
    """Counts the signers whom nobody knows, of rows that another query reads anyway. No warehouse query."""

    def __init__(self, now: datetime, among: Collection[str] | None = None) -> None:
        self._now = now
        self._addresses = _addresses(among)
        self._waiting: dict[str, tuple[str, str, str]] = {}

    def see(self, row: CatalogRow) -> None:
        """Take one row into account."""
        if _waits(row, self._addresses.get(row.student_id, ()), self._now):
            self._waiting[row.id] = _key(Signer(row.student_id, row.parent_name, row.parent_email))

    def number(self) -> int:
        """Return how many signers are unknown, each once for a student, as the page of them lists them."""
        ids, known = list(self._waiting), set[str]()
        for start in range(0, len(ids), _PART):
            known |= _known_signers(ids[start : start + _PART])
        return len({signer for row_id, signer in self._waiting.items() if row_id not in known})


def _facts(row: CatalogRow) -> ConsentRow:
    return facts_from_catalog(row, None, _NOBODY)


def _waits(row: CatalogRow, addresses: Collection[str], now: datetime) -> bool:
    return needs_signer(_facts(row), now) and is_unmatched(row.parent_email, addresses, known_signer=False)


def _key(signer: Signer) -> tuple[str, str, str]:
    return signer.student_id, folded(signer.name), folded(signer.address)


def waiting_signers(now: datetime, *, most: int = MOST_SHOWN) -> list[Signer]:
    """Return the signers whom nobody knows, the longest waiting first, at most `most`.

    One warehouse query: rows are read until there are enough.
    """
    found: dict[tuple[str, str, str], Signer] = {}
    for signer, _ in unmatched_rows(now):
        found.setdefault(_key(signer), signer)
        if len(found) == most:
            break
    return list(found.values())


def waiting_of(signers: Iterable[Signer], now: datetime) -> list[Unmatched]:
    """Return those of the signers who still wait, each with all rows. Two warehouse queries."""
    found = list(signers)
    students = {one.id: one for one in Student.objects.filter(id__in={one[0] for one in found}, status="active")}
    consents, addresses = consents_of(list(students)), _addresses(list(students))
    return [
        Unmatched(signer, tuple(one.facts for one in rows), students[signer.student_id])
        for signer in found
        if signer.student_id in students
        and (rows := _of_signer(signer, consents[signer.student_id], addresses[signer.student_id], now))
    ]


def unmatched_of(row_id: str, now: datetime) -> Unmatched | None:
    """Return the signer of one row in scope with all of their rows that wait, or None where it does not wait.

    Three warehouse queries. Raises ParentalConsent.DoesNotExist.
    """
    row = ParentalConsent.objects.get(id=row_id)
    consents = same_signer(row.student_id, row.parent_name, row.parent_email, now)
    student = Student.objects.filter(id=row.student_id).first()
    if student is None or row.id not in {one.facts.id for one in consents}:
        return None
    signer = Signer(row.student_id, row.parent_name, row.parent_email)
    return Unmatched(signer, tuple(one.facts for one in consents), student)


def same_signer(student_id: str, name: str, address: str, now: datetime) -> list[RecordedConsent]:
    """Return the rows of a student that wait for a signer and carry this name and address. One warehouse query."""
    addresses = _addresses([student_id])[student_id]
    return _of_signer(Signer(student_id, name, address), consents_of([student_id])[student_id], addresses, now)


def _of_signer(
    signer: Signer, consents: Iterable[RecordedConsent], addresses: Collection[str], now: datetime
) -> list[RecordedConsent]:
    """Return the consents of a student that wait and carry the signer's name and address."""
    return [
        one
        for one in consents
        if (folded(one.signer_name), folded(one.signer_email)) == (folded(signer.name), folded(signer.address))
        and needs_signer(one.facts, now)
        and is_unmatched(one.signer_email, addresses, known_signer=one.guardian_id is not None)
    ]


def _known_signers(row_ids: Collection[str]) -> set[str]:
    answered = Answer.objects.filter(consent_id__in=row_ids).values_list("consent_id", flat=True)
    matched = MatchedSigner.objects.filter(consent_id__in=row_ids).values_list("consent_id", flat=True)
    return {*answered, *matched}


def _addresses(student_ids: Collection[str] | None = None) -> Mapping[str, list[str]]:
    """Return the addresses of the guardians of these students, or of all in scope, by student."""
    found: dict[str, list[str]] = defaultdict(list)
    ties = of_students(Guardianship.objects.all(), student_ids)
    for student_id, address in ties.values_list("student_id", "guardian__email"):
        found[student_id].append(address)
    return found
