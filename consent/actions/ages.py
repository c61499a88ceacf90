"""Changes one student's age record."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import CoppaCompliance, Student
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.changes import Change, changes_for, lower_flags, write_flags
from consent.actions.inviting import invite_student
from consent.actions.limits import as_it_will_be, note_status, unknown_age, unknown_age_id, write_alike
from consent.actions.locks import lock_students
from consent.actions.meanwhile import ChangedMeanwhile
from consent.actions.rights import return_rights, transfer_rights
from consent.models import AdultConfirmation
from consent.queries.age_record import about_with, most_days_at, seen_as, values_of
from consent.queries.circumstances import said_to_be_adult
from consent.queries.families import with_own_rights
from consent.rules.age_changes import AgeValues, problems
from consent.rules.limits import LIMITS


class UnfitAge(ValueError):
    """Values that cannot stand in an age record."""


def amend_age(*, student: Student, values: AgeValues, seen: str, by: Actor, now: datetime) -> bool:
    """Write what staff state about a student's age; return whether anything changed.

    Flags that fall come first, then the record, the audit events, whose the rights are, and all flags last. A
    student whose rights pass is then asked for their own consent. `seen` is the mark of what the person saw
    (`seen_as`). Raises ChangedMeanwhile, and UnfitAge for what no form of ours lets through.
    """
    with transaction.atomic():
        lock_students([student.id])
        change, adult = (
            changes_for({student.id: student.school_id}, now)[student.id],
            student.id in said_to_be_adult([student.id]),
        )
        if seen != seen_as(change.ages, adult=adult) or _is_on_its_way(change):
            raise ChangedMeanwhile
        before, about = values_of(change.ages, adult=adult), about_with(values, student.school_id, now)
        if problems(values, change.rows(now), about, now, most_days_at(student.school_id)):
            raise UnfitAge
        if before == values and change.ages:
            return False
        _write(_Amendment(student, change, before, values, replace(change, about=about), by, now))
    invite_student(student=student, by=by, now=now)
    return True


def _is_on_its_way(change: Change) -> bool:
    """Tell whether a change of the record has not arrived in the catalog, so that nobody can have seen it."""
    ids = [one.id for one in change.ages] or [unknown_age_id(change.student_id)]
    return OutboxEntry.objects.filter(table=CoppaCompliance._meta.db_table, row_id__in=ids).exists()


@dataclass(frozen=True, slots=True)
class _Amendment:
    """One change by one person; `after` is the student with the age as it will be."""

    student: Student
    change: Change
    before: AgeValues
    values: AgeValues
    after: Change
    by: Actor
    now: datetime

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of the age record as they will be."""
        stated = {name: value for name, value in asdict(self.values).items() if name not in {"method", "adult"}}
        stated |= {"age_verification_method": self.values.method, "is_under_13": self.after.about.under_13}
        if (self.before.birth_year, self.before.method) != (self.values.birth_year, self.values.method):
            stated["age_verified_at"] = self.now if self.values.birth_year else None
        return stated

    @property
    def changed(self) -> list[str]:
        """The names of what changed, as the log keeps them: never a value."""
        before, after = asdict(self.before), asdict(self.values)
        names = [name for name in after if before[name] != after[name]]
        return ["age_verification_method" if name == "method" else name for name in names]


def _write(one: _Amendment) -> None:
    """Write one amendment in the order in which it must be seen."""
    rows = one.change.ages or (unknown_age(one.student.id, one.student.school_id, now=one.now),)
    one.after.ages = tuple(as_it_will_be(row, one.columns) for row in rows)
    lower_flags(one.after, now=one.now)
    if one.change.ages:
        write_alike(one.change.ages, one.columns, now=one.now)
    else:
        gateway.insert(*one.after.ages)
    _keep_the_word(one)
    _audit(one)
    passed = bool(with_own_rights([one.student.id]))
    if one.after.about.adult and not passed:
        transfer_rights(one.after, school_id=one.student.school_id, by=one.by, now=one.now)
    elif passed and not one.after.about.adult:
        return_rights(one.after, school_id=one.student.school_id, by=one.by, now=one.now)
    write_flags(one.after, now=one.now)


def _keep_the_word(one: _Amendment) -> None:
    """Keep or take back the school's word that the student is 18."""
    said = AdultConfirmation.objects.filter(student_id=one.student.id)
    if not one.values.adult:
        said.delete()
    elif not said.exists():
        AdultConfirmation.objects.create(
            school_id=one.student.school_id,
            student_id=one.student.id,
            confirmed_by=one.by.id,
            confirmed_at=one.now,
        )


def _audit(one: _Amendment) -> None:
    turned = any(row.is_under_13 is not one.after.about.under_13 for row in one.change.ages)
    limits = {"set": True, "lifted": False}
    data: dict[str, Any] = {"changed": one.changed}
    for word, stands in limits.items():
        data[word] = [name for name in LIMITS if name in one.changed and getattr(one.values, name) is stands]
    record(
        "record.amended",
        by=one.by,
        school_id=one.student.school_id,
        resource=("student", one.student.id),
        students=[one.student.id],
        data=data,
        at=one.now,
    )
    if turned:
        under_13 = one.after.about.under_13
        note_status(one.student.id, one.student.school_id, {"under_13": under_13}, by=one.by, now=one.now)
