"""One student's age record, as the office sees and edits it, with its history."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.notifications.rules import is_address
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, Student
from consent.models import RightsTransfer
from consent.queries.ages import Registered, registered_from
from consent.queries.circumstances import circumstances_for, grounds_of, in_order, said_to_be_adult
from consent.queries.families import requests_to_parents
from consent.rules.age_changes import AgeValues, Around, MostDays
from consent.rules.age_history import Told, told
from consent.rules.ages import ATTESTED, attested_year
from consent.rules.effective import Circumstances
from consent.rules.status import row_status
from consent.vocabulary import Relationship, RowStatus

HISTORY = ("record.amended", "coppa.status_changed", "rights.transferred")
MOST_SHOWN = 50
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AgeRecord:
    """Everything about one student's age. `values` is what the form starts from, `confirmed` the school's word."""

    student: Student
    of: Registered
    values: AgeValues
    confirmed: bool
    transfer: RightsTransfer | None

    @property
    def seen(self) -> str:
        """The mark of what the record looks like, by which a change of somebody else is noticed."""
        return seen_as(self.of.records, adult=self.confirmed)

    def around(self, now: datetime) -> Around:
        """Return what is touched where the rights pass. No warehouse query."""
        parents = [row for row in self.of.rows if row.relationship != Relationship.SELF]
        return Around(
            parents_consents=sum(row_status(row, now) is RowStatus.ACTIVE for row in parents),
            open_requests=requests_to_parents(self.student.id).count(),
            has_address=is_address((self.student.email or "").strip()),
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history: a row of the log, and what it tells."""

    row: AuditLog
    told: Told


def age_record(student_id: str, now: datetime) -> AgeRecord:
    """Return the age record of a student in scope: two warehouse queries, three where there is no record.

    Raises Student.DoesNotExist.
    """
    own = Student.objects.filter(pk=student_id)
    records = in_order(CoppaCompliance.objects.filter(student__in=own).select_related("student"))
    student = records[-1].student if records else own.get()
    confirmed = student_id in said_to_be_adult([student_id])
    return AgeRecord(
        student=student,
        of=registered_from([student], {student_id: records}, now)[0],
        values=values_of(records, adult=confirmed),
        confirmed=confirmed,
        transfer=RightsTransfer.objects.filter(student_id=student_id).first(),
    )


def history_of(record: AgeRecord) -> list[Happened]:
    """Return what the log tells of this student's age, newest first. One warehouse query, none without a record.

    Rows of the schools in scope alone. A student without a record has none that was changed.
    """
    if not record.of.records:
        return []
    rows = AuditLog.objects.filter(event_type__in=HISTORY, resource_id=record.student.id)
    newest = rows.order_by("-event_timestamp", "-id")[:MOST_SHOWN]
    return [Happened(row, told(row.event_type, row.actor_type, row.data_accessed)) for row in newest]


def values_of(records: Sequence[CoppaCompliance], *, adult: bool) -> AgeValues:
    """Return what stands in a student's age records. Of two, a limit stands where both have it."""
    if not records:
        return AgeValues(None, UNKNOWN, adult, False, False, False, True, None, True)
    counting = records[-1]
    method = counting.age_verification_method
    return AgeValues(
        birth_year=counting.birth_year,
        method=method if method in ATTESTED else UNKNOWN,
        adult=adult,
        data_collection_limited=all(one.data_collection_limited for one in records),
        no_behavioral_targeting=all(one.no_behavioral_targeting for one in records),
        no_third_party_sharing=all(one.no_third_party_sharing for one in records),
        auto_delete_enabled=bool(counting.auto_delete_enabled),
        delete_after_days=counting.delete_after_days,
        parent_access_enabled=bool(counting.parent_access_enabled),
    )


def about_with(values: AgeValues, school_id: str, now: datetime) -> Circumstances:
    """Return the circumstances of a student of the school of whom this is stated."""
    year, ground = attested_year(values.birth_year, values.method), grounds_of([school_id])[school_id]
    return circumstances_for(year, now, ground, school_says_so=values.adult)


def most_days_at(school_id: str) -> MostDays:
    """Return for how many days the school lets an age record keep data at most."""
    under_13, later = value(school_id, "retention.age_days_under_13"), value(school_id, "retention.age_days")
    return MostDays(under_13.value, later.value)


def seen_as(records: Sequence[CoppaCompliance], *, adult: bool) -> str:
    """Return a mark of what a person saw, by which a change of somebody else meanwhile is noticed."""
    parts = [f"{one.id} {one.updated_at}" for one in records]
    return hashlib.sha256("\n".join([*parts, repr(values_of(records, adult=adult))]).encode()).hexdigest()[:16]
