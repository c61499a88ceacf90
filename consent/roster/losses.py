"""Who would leave by a roster, counted for each school before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from classwaves_admin.schools.staging import School, Stage
from consent.models import Departure, Guardianship, RosterStudent
from consent.roster.identity import Kind, row_id

CHUNK = 1_000


@dataclass(slots=True)
class Losses:
    """Students and guardianships of one school that a roster brought, and how many of them would end."""

    students: int = 0
    students_leaving: int = 0
    ties: int = 0
    ties_ending: int = 0

    @property
    def leaving(self) -> int:
        """Return how many end in all."""
        return self.students_leaving + self.ties_ending

    def exceed(self, percent: int) -> bool:
        """Tell whether more than so many percent of the students or of the guardianships would end."""
        pairs = ((self.students_leaving, self.students), (self.ties_ending, self.ties))
        return any(part * 100 > percent * whole for part, whole in pairs)


def losses_of(stage: Stage, school: School, district: str) -> Losses:
    """Count for one school. Students whom no roster brought are never among them."""
    losses, told = Losses(), set(stage.leaving(school.source_id))
    for ids in _chunks(RosterStudent.objects.filter(school_id=school.id), "student_id"):
        departed = set(Departure.objects.filter(student_id__in=ids).values_list("student_id", flat=True))
        present = stage.holds(ids)
        here = [key for key in ids if key not in departed]
        losses.students += len(here)
        losses.students_leaving += sum(key in told or (key not in present and _tells(stage)) for key in here)
    ended = EndedTies(stage, school, district)
    for ids in _chunks(Guardianship.objects.filter(school_id=school.id).exclude(guardian__source_id=""), "id"):
        losses.ties += len(ids)
        losses.ties_ending += ended.count(ids)
    return losses


def missing_students(stage: Stage, school: School, *, after: str, most: int) -> tuple[list[str], str]:
    """Return the students of a school whom a roster brought and this one lacks, out of the `most` ids behind `after`.

    The second value is where to go on, blank at the end.
    """
    if not _tells(stage):
        return [], ""
    rows = RosterStudent.objects.filter(school_id=school.id, student_id__gt=after).order_by("student_id")
    ids = list(rows.values_list("student_id", flat=True)[:most])
    departed = set(Departure.objects.filter(student_id__in=ids).values_list("student_id", flat=True))
    present = stage.holds(ids) if ids else {}
    missing = [key for key in ids if key not in departed and key not in present]
    return missing, ids[-1] if len(ids) == most else ""


class EndedTies:
    """Counts the guardianships of a school that a roster ends."""

    def __init__(self, stage: Stage, school: School, district: str) -> None:
        self._stage = stage
        self._school = school
        self._district = district
        self._unsure = stage.unsure()

    def count(self, ids: Sequence[str]) -> int:
        """Return how many of these end; those of students who leave or are not sure, and under a court order, stay."""
        rows = Guardianship.objects.filter(pk__in=list(ids), restricted=False, guardian__restricted_at=None)
        ties = list(rows.values_list("id", "student_id", "guardian__source_id"))
        sources = self._stage.students_by_id([student for _, student, _ in ties])
        named = self._stage.guardians_of(sources.values())
        return sum(
            self._ends(key, sources[student], guardian, named.get((sources[student], guardian)))
            for key, student, guardian in ties
            if student in sources
        )

    def _ends(self, key: str, student: str, guardian: str, leaving: bool | None) -> bool:
        if leaving is not None:
            return leaving
        made = row_id(Kind.GUARDIANSHIP, self._district, self._school.source_id, guardian, student)
        return _tells(self._stage) and key == made and guardian not in self._unsure


def _tells(stage: Stage) -> bool:
    return bool(stage.noted("absence_tells"))


def _chunks(rows: QuerySet[RosterStudent] | QuerySet[Guardianship], key: str) -> Iterator[list[str]]:
    """Yield the keys of the rows, some at a time."""
    after = ""
    while ids := list(rows.filter(**{f"{key}__gt": after}).order_by(key).values_list(key, flat=True)[:CHUNK]):
        yield ids
        after = ids[-1]
