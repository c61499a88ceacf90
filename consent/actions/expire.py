"""Lets consents end: flags fall, and the log says so once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.changes import Change, changes_for, lower_flags
from consent.actions.locks import lock_children
from consent.models import NotedEnd
from consent.queries.ending import Ended, ended_unnoted
from consent.queries.rows import facts_of
from consent.rules.status import row_status
from consent.vocabulary import RowStatus

# Students of one transaction: small enough that a parent's answer does not wait.
PART = 50


def note_ended(*, by: Actor, now: datetime) -> int:
    """Lower the flags that rested on consents which have run out, and audit `consent.expired` once for each.

    The consents count for nothing from the second of their end, by the rules alone; the flags of the catalog, which
    other services read, follow here. Rows of other services are treated alike. Return how many ends were noted. A
    run that is cut short is finished by the next one; two at the same time note each end once.
    """
    by_student = [list(rows) for _, rows in groupby(list(ended_unnoted(now)), key=attrgetter("student_id"))]
    return sum(
        _note_part({rows[0].student_id: rows for rows in by_student[at : at + PART]}, by=by, now=now)
        for at in range(0, len(by_student), PART)
    )


@transaction.atomic
def _note_part(ended: Mapping[str, Sequence[Ended]], *, by: Actor, now: datetime) -> int:
    lock_children(list(ended))
    changes = changes_for({key: rows[0].school_id for key, rows in ended.items()}, now)
    known = set(Student.objects.filter(id__in=list(ended)).values_list("id", flat=True))
    noted = set(NotedEnd.objects.filter(pk__in=[row.id for rows in ended.values() for row in rows]).values_list("pk"))
    count = 0
    for student_id, rows in ended.items():
        over = {row.id for row in facts_of(changes[student_id].consents) if row_status(row, now) is RowStatus.EXPIRED}
        fresh = [row for row in rows if row.id in over and (row.id,) not in noted]
        if fresh:
            _note(changes[student_id], fresh, student_is_known=student_id in known, by=by, now=now)
        count += len(fresh)
    return count


def _note(change: Change, rows: Sequence[Ended], *, student_is_known: bool, by: Actor, now: datetime) -> None:
    """Lower one student's flags first, then note the ends and audit them."""
    if student_is_known:
        lower_flags(change, now=now)
    NotedEnd.objects.bulk_create(
        NotedEnd(consent_id=row.id, school_id=row.school_id, ended_at=row.expires_at, noted_at=now) for row in rows
    )
    record(
        "consent.expired",
        by=by,
        school_id=rows[0].school_id,
        resource=("student", change.student_id),
        students=[change.student_id],
        data={"types": sorted({row.consent_type for row in rows}), "consents": sorted(row.id for row in rows)},
        at=now,
    )
