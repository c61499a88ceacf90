"""What needs a person, over all students in scope: three warehouse queries for any number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import Guardianship, Settlement
from consent.queries.age_filters import not_invited
from consent.queries.bounces import bounced_guardians
from consent.queries.everyone import everyone, histories
from consent.queries.glances import office_watch
from consent.queries.recorded import recorded_participants, recorded_students
from consent.queries.rows import CatalogRow, of_students
from consent.queries.unmatched import UnmatchedCount
from consent.rules.names import without_name
from consent.rules.worklist import Finding, Matter, findings


class Item(NamedTuple):
    """One line of the worklist: a student and what about them needs a person."""

    student_id: str
    name: str
    school_id: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lines by matter, the longest waiting first. Every matter is there, also with no line.

    `unknown_signers` are settled on a page of their own.
    """

    items: Mapping[Matter, Sequence[Item]]
    unknown_signers: int

    @property
    def total(self) -> int:
        """How many lines there are."""
        return sum(len(lines) for lines in self.items.values())


def worklist(now: datetime, *, among: Collection[str] | None = None) -> Worklist:
    """Return what of the students in scope needs a person, or of those `among` them.

    Of those who have left, recordings without consent alone: such a recording does not become right when the
    student leaves, and must still be deleted (16 CFR 312.10).
    """
    found: dict[Matter, list[Item]] = {matter: [] for matter in Matter}
    since = now - timedelta(days=settings.CONSENT_RECORDINGS_CHECKED_DAYS)
    recorded, settled = recorded_students(since, only=among), _settled(among)
    on_their_way = flags_on_their_way()
    if among is None:
        children = everyone(now, also=recorded_participants(since))
    else:
        children = everyone(now, among=Student.objects.filter(pk__in=among))
    watch = office_watch()
    signers = UnmatchedCount(now, among)

    def see(row: CatalogRow) -> None:
        if children[row.student_id].active:
            signers.see(row)

    for student_id, rows in histories(children, some=among is not None, see=see):
        child = children[student_id]
        moments = [at for at in recorded.get(student_id, ()) if at > settled.get(student_id, since)]
        for one in findings(rows, child.about, now, raised=child.raised, watch=watch, recorded_at=moments):
            told = child.active or one.matter is Matter.RECORDED
            if told and (one.matter is not Matter.DRIFT or student_id not in on_their_way):
                found[one.matter].append(Item(student_id, child.name, child.school_id, one))
    for student_id in without_name((key, child.name) for key, child in children.items() if child.active):
        child = children[student_id]
        found[Matter.NAMELESS].append(Item(student_id, child.name, child.school_id, Finding(Matter.NAMELESS, now)))
    for matter, student_id, since in _noted_in_the_portal(among):
        if student_id in children and children[student_id].active:
            child = children[student_id]
            found[matter].append(Item(student_id, child.name, child.school_id, Finding(matter, since)))
    items = {matter: sorted(lines, key=_by_time) for matter, lines in found.items()}
    return Worklist(items, signers.number())


def _noted_in_the_portal(among: Collection[str] | None) -> Iterator[tuple[Matter, str, datetime]]:
    """Yield what the portal itself knows to need a person: matter, student, since when. No warehouse query."""
    reachable = of_students(Guardianship.objects.filter(restricted=False, guardian__restricted_at=None), among)
    bounced = reachable.filter(Exists(bounced_guardians().filter(pk=OuterRef("guardian")).order_by()))
    for student_id, since in bounced.values_list("student_id", "guardian__bounced_at"):
        if since:
            yield Matter.BOUNCED, student_id, since
    unstated = reachable.filter(relationship="").exclude(guardian__email="")
    for student_id, since in unstated.values_list("student_id", "created_at"):
        yield Matter.AUTHORITY, student_id, since
    for student_id, since in of_students(not_invited(), among).values_list("student_id", "transferred_at"):
        yield Matter.ADULT, student_id, since


def flags_on_their_way() -> set[str]:
    """Return the students with a change that the catalog has not got yet: their flags are late, not wrong."""
    return set(OutboxEntry.objects.filter(table=Student._meta.db_table).values_list("row_id", flat=True))


def _by_time(item: Item) -> tuple[datetime, str, str]:
    return item.finding.since, item.name, item.student_id


def _settled(among: Collection[str] | None) -> Mapping[str, datetime]:
    """Return until when recordings without consent are settled, by student. No warehouse query."""
    rows = of_students(Settlement.objects.filter(matter=Matter.RECORDED), among)
    until = rows.values("student_id").annotate(until=Max("up_to")).order_by()
    return dict(until.values_list("student_id", "until"))
