"""The register of ages, page by page: what the rules make of each student."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.lib.keyset import page
from classwaves_admin.warehouse.models import CoppaCompliance, Student
from consent.queries.age_filters import AgeFilters, not_invited, possible
from consent.queries.circumstances import age_records, circumstances_from, said_to_be_adult
from consent.queries.rows import consents_of, facts_of
from consent.queries.students import ORDER, PAGE_SIZE
from consent.rules.effective import Circumstances
from consent.rules.register import AgeLine, age_line, fits
from consent.rules.status import ConsentRow

# Students who are read together for a file.
PORTION = 500


@dataclass(frozen=True, slots=True)
class Registered:
    """One student of the register, with the age records, the one that counts last, and the facts of the consents."""

    student: Student
    records: tuple[CoppaCompliance, ...]
    rows: tuple[ConsentRow, ...]
    about: Circumstances
    line: AgeLine

    @property
    def shown(self) -> CoppaCompliance:
        """The record that counts; an empty one where the student has none."""
        return self.records[-1] if self.records else CoppaCompliance()


@dataclass(frozen=True, slots=True)
class AgePage:
    """One page of the register with the cursors of its neighbours."""

    rows: tuple[Registered, ...]
    previous: str
    next: str

    @property
    def is_past_the_end(self) -> bool:
        """Tell whether nothing stands here: the row that a cursor names is gone."""
        return not (self.rows or self.previous or self.next)


def age_page(filters: AgeFilters, *, cursor: str, now: datetime, size: int = PAGE_SIZE) -> AgePage:
    """Return one page of active students by name: three warehouse queries. Raises BadCursor.

    As in `queries.students`, SQL only leaves out who cannot fit; the rules decide. So a page may hold fewer
    rows than `size`, and still more pages may follow.
    """
    part = page(possible(filters, now), order=ORDER, size=size, cursor=cursor)
    registered = registered_from(part.rows, age_records([student.id for student in part.rows]), now)
    rows = tuple(one for one in registered if fits(one.line, filters.ages, filters.look))
    return AgePage(rows, part.previous, part.next)


def whole_register(filters: AgeFilters, now: datetime) -> Iterator[Registered]:
    """Yield every student who fits, by name: three warehouse queries for each PORTION of students."""
    cursor = ""
    while True:
        part = age_page(filters, cursor=cursor, now=now, size=PORTION)
        yield from part.rows
        cursor = part.next
        if not cursor:
            return


def registered_from(
    found: Collection[Student], records: Mapping[str, tuple[CoppaCompliance, ...]], now: datetime
) -> list[Registered]:
    """Return the lines of students whose age records were read already. One warehouse query, for the consents."""
    ids = [student.id for student in found]
    consents, confirmed = consents_of(ids), said_to_be_adult(ids)
    waiting = set(not_invited().filter(student_id__in=ids).values_list("student_id", flat=True))
    every = [record for student_id in ids for record in records[student_id]]
    about = circumstances_from(every, {one.id: one.school_id for one in found}, now, confirmed=confirmed)
    registered = []
    for student in found:
        one = student.id
        rows = tuple(facts_of(consents[one]))
        said, asks = one in confirmed, one in waiting
        line = age_line(records[one], rows, about[one], now, school_says_so=said, not_invited=asks)
        registered.append(Registered(student, records[one], rows, about[one], line))
    return registered
