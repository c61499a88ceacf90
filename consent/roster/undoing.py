"""Takes an import back, part by part and backwards: rows that are still as it left them become what they were.

An ended consent and a revoked link stay ended, and nothing is sent. A row that somebody has changed since stays
as it is and is counted; so does a new student with an answer, a request or a session, with all rows about them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from audit.record import record
from classwaves_admin.jobs.kinds import Progress
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import ParentalConsent, Participant
from consent.actions.moving import leave_addresses
from consent.models import (
    Answer,
    CourtOrder,
    Evidence,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
    MatchedSigner,
    PaperForm,
    RosterChange,
    RosterImport,
    Withdrawal,
)
from consent.models.rosters import RosterState
from consent.roster.applying import wait_for_the_catalog
from consent.roster.changes import Changed, RowChanges
from consent.roster.tables import (
    DISTRICTS,
    GUARDIANS,
    SCHOOLS,
    SETTINGS,
    STUDENTS,
    TABLES,
    TIES,
    Table,
    Values,
    plain,
)

_STAMPS = frozenset({"created_at", "updated_at"})
# Others may stand in a new school by now; empty it harms nobody.
_STAY = (DISTRICTS, SCHOOLS, SETTINGS)


def undo_step(*, job: Job, now: datetime) -> Progress:
    """Take back the last part that is left of the import that the job is about."""
    roster_import = RosterImport.objects.get(pk=job.subject_id)
    total = roster_import.options.get("parts", 0)
    if roster_import.state != RosterState.UNDOING:
        return Progress(total, total, finished=True)
    wait_for_the_catalog()
    changes = RosterChange.objects.filter(roster_import=roster_import)
    last = changes.order_by("-part").values_list("part", flat=True).first()
    with transaction.atomic():
        if last is None:
            roster_import.state, roster_import.undone_at = RosterState.UNDONE, now
            roster_import.save(update_fields=["state", "undone_at"])
            return Progress(total, total, finished=True)
        _Undoing(roster_import, list(changes.filter(part=last)), job.by, now).undo()
        changes.filter(part=last).delete()
    return Progress(total - last, total)


class _Undoing:
    """Takes one part back."""

    def __init__(self, roster_import: RosterImport, changes: Sequence[RosterChange], by: Actor, now: datetime) -> None:
        self._import = roster_import
        self._by = by
        self._school_id = changes[0].school_id
        self._kept = {change.table: change.payload for change in changes}
        self._now = now
        self._left: dict[str, int] = {}
        self._undone: dict[str, int] = {}
        self._students: set[str] = set()

    def undo(self) -> None:
        """Write, count and leave an event."""
        staying = self._staying_students()
        for name in reversed(TABLES):
            if name in self._kept:
                self._undo_table(TABLES[name], self._kept[name], staying)
        record(
            "roster.undone",
            by=self._by,
            school_id=self._school_id or None,
            resource=("roster", self._import.pk),
            students=self._students,
            data={"undone": dict(self._undone), "left": dict(self._left)},
            at=self._now,
        )
        for name, number in self._left.items():
            self._import.left_as_is[name] = self._import.left_as_is.get(name, 0) + number
        self._import.save(update_fields=["left_as_is"])

    def _staying_students(self) -> set[str]:
        """Return the new students who stay, since one of their rows has changed or something rests on them."""
        new = {row[0] for row in self._kept.get(STUDENTS.name, {}).get("added", [])}
        staying: set[str] = set()
        for name, kept in self._kept.items():
            table = TABLES[name]
            place = _student_column(table)
            if place is not None:
                same = self._unchanged(table, kept)
                staying |= {row[place] for row in kept["added"] if row[0] not in same} & new
        return staying | _relied_on(new - staying)

    def _undo_table(self, table: Table, kept: Values, staying: set[str]) -> None:
        changes = RowChanges(table)
        self._take_back_added(changes, kept, staying)
        self._restore_changed(changes, kept)
        self._bring_back_removed(changes, kept)
        if table is GUARDIANS:
            # Links that went to the imported address die with it, and what was signed under it stays the person's.
            moved = [one.id for one in changes.changed if "email" in one.after]
            leave_addresses(list(Guardian.objects.filter(pk__in=moved)), by=self._by, now=self._now)
        changes.write(self._now)
        done = len(changes.added) + len(changes.changed) + len(changes.removed)
        if done:
            self._undone[table.name] = done
        place = _student_column(table)
        if place is not None and self._school_id:
            self._students.update(str(row[place]) for row in (*changes.added, *changes.removed))
        if table is STUDENTS:
            self._students.update(one.id for one in changes.changed)

    def _take_back_added(self, changes: RowChanges, kept: Values, staying: set[str]) -> None:
        table, place = changes.table, _student_column(changes.table)
        same = self._unchanged(table, kept)
        if table in _STAY:
            same = set()
        elif table is GUARDIANS:
            same -= _guardians_relied_on(same)
        elif table is TIES:
            same -= _under_order(same)
        rows = [row for row in kept["added"] if row[0] in same and (place is None or row[place] not in staying)]
        changes.removed.extend(rows)
        if table not in _STAY:
            self._note_left(table, len(kept["added"]) - len(rows))

    def _restore_changed(self, changes: RowChanges, kept: Values) -> None:
        columns = sorted({name for _, before, _ in kept["changed"] for name in before})
        rows = changes.table.rows([key for key, *_ in kept["changed"]], columns) if columns else {}
        for key, before, after in kept["changed"]:
            row = rows.get(key)
            # An order that came with a student is the office's to lift.
            if row and "restricted_at" not in before and all(plain(row[name]) == after[name] for name in before):
                changes.changed.append(Changed(key, {}, _python(changes.table, before)))
            else:
                self._note_left(changes.table, 1)

    def _bring_back_removed(self, changes: RowChanges, kept: Values) -> None:
        table, rows = changes.table, kept["removed"]
        if not rows:
            return
        there = table.rows([row[0] for row in rows], [])
        back = [row for row in rows if row[0] not in there]
        if table is TIES:
            back = _without_doubles(back)
            changes.shared = {"created_at": self._now, "updated_at": self._now}
        changes.added.extend(list(_python(table, dict(zip(table.columns, row, strict=True))).values()) for row in back)
        self._note_left(table, len(rows) - len(back))

    def _unchanged(self, table: Table, kept: Values) -> set[str]:
        """Return the keys of the new rows that are still as the import wrote them."""
        if not kept["added"]:
            return set()
        shared = {name: value for name, value in kept["shared"].items() if name not in _STAMPS}
        columns = [*kept["columns"][1:], *shared]
        rows = table.rows([row[0] for row in kept["added"]], columns)
        return {
            row[0]
            for row in kept["added"]
            if row[0] in rows and [plain(rows[row[0]][name]) for name in columns] == [*row[1:], *shared.values()]
        }

    def _note_left(self, table: Table, number: int) -> None:
        if number and table.kind:
            self._left[table.name] = self._left.get(table.name, 0) + number


def _student_column(table: Table) -> int | None:
    """Return the place of the student's id in a row of the table, None where there is none."""
    if table is STUDENTS:
        return 0
    return table.columns.index("student_id") if "student_id" in table.columns else None


def _relied_on(student_ids: Iterable[str]) -> set[str]:
    """Return the students with an answer, a request, a consent or a session. Two warehouse queries."""
    ids = list(student_ids)
    found: set[str] = set()
    for model in (Answer, InvitationChild, ParentalConsent, Participant):
        rows = model._default_manager.filter(student_id__in=ids)
        found |= set(rows.values_list("student_id", flat=True))
    return found


def _guardians_relied_on(guardian_ids: Iterable[str]) -> set[str]:
    ids = list(guardian_ids)
    found: set[str] = set()
    for model in (Answer, CourtOrder, Evidence, Guardianship, Invitation, MatchedSigner, PaperForm, Withdrawal):
        rows = model._default_manager.filter(guardian_id__in=ids)
        found |= set(rows.values_list("guardian_id", flat=True))
    return found


def _under_order(tie_ids: Collection[str]) -> set[str]:
    """Return the guardianships that a court order holds by."""
    orders = Q(restricted=True) | Q(guardian__restricted_at__isnull=False)
    return set(Guardianship.objects.filter(orders, pk__in=list(tie_ids)).values_list("pk", flat=True))


def _without_doubles(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Leave out guardianships that somebody has made anew."""
    guardians, students = ({row[place] for row in rows} for place in (1, 3))
    there = Guardianship.objects.filter(guardian_id__in=guardians, student_id__in=students)
    pairs = set(there.values_list("guardian_id", "student_id"))
    return [row for row in rows if (row[1], row[3]) not in pairs]


def _python(table: Table, values: Mapping[str, Any]) -> Values:
    """Return kept values as Python objects."""
    fields = {field.attname: field for field in table.model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items()}
