"""Writes disclosures into the log.

The log holds no names and no free text, with this one exception: 34 CFR 99.32 asks for the party, its interest, the
records, further parties and the threat, for as long as the records are kept, and the privacy office's vocabulary puts
them into `data_accessed`. So they stand where they are sealed and cannot be changed; `rules.disclosures` keeps them
short and the student's name out of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction

from audit.disclosing.copies import family_copies
from audit.making.actions import end, remove_files
from audit.models import Making
from audit.record import record
from audit.rules.disclosures import TEXTS, Disclosure, Entry
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.ids import new_id
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import gateway
from retention.rules.sealed import MADE, REQUESTED, RESOURCE


def record_disclosures(
    *, school_id: str, entries: Iterable[tuple[str, Entry]], by: Actor, now: datetime
) -> list[AuditLog]:
    """Record what was requested or disclosed of students of one school, given as (student id, entry)."""
    rows: list[AuditLog] = []
    with transaction.atomic():
        for student_id, entry in entries:
            _write(school_id, new_id(), [student_id], entry, "", by=by, now=now, rows=rows)
        gateway.insert_all(rows)
    return rows


def correct_disclosure(*, disclosure: Disclosure, entry: Entry, by: Actor, now: datetime) -> list[Making]:
    """Record what is right instead: a later entry with the same number, which counts from now on. Both stay.

    Once it is sealed, the copies for families that tell of it are taken back; return these. Their events name no
    student: in a later copy they would tell.
    """
    rows: list[AuditLog] = []
    with transaction.atomic():
        students = list(disclosure.students)
        _write(disclosure.school_id, disclosure.number, students, entry, disclosure.event_id, by=by, now=now, rows=rows)
        gateway.insert_all(rows)
        copies = family_copies(disclosure.school_id, students) if entry.sealed else []
        taken = [copy for copy in copies if end(making=copy, students=(), by=by, now=now)]
    for copy in taken:
        remove_files(copy)
    return taken


def _write(
    school_id: str,
    number: str,
    students: list[str],
    entry: Entry,
    corrects: str,
    *,
    by: Actor,
    now: datetime,
    rows: list[AuditLog],
) -> None:
    day = datetime.combine(entry.on, time.min, tzinfo=time_zone(school_id))
    texts = {name: text for name in TEXTS if (text := " ".join(getattr(entry, name).split()))}
    marks: dict[str, str | bool] = {"on": day.isoformat()}
    if entry.sealed:
        marks["sealed"] = True
    if corrects:
        marks["corrects"] = corrects
    record(
        MADE if entry.made else REQUESTED,
        by=by,
        school_id=school_id,
        resource=(RESOURCE, number),
        students=students,
        basis=entry.basis,
        data={**texts, **marks},
        at=now,
        write=rows.append,
    )
