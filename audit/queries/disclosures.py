"""Disclosures as the log has them. Everything here runs inside the person's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from audit.queries.indexed import rows_of
from audit.queries.pages import page_of
from audit.queries.search import LISTED
from audit.rules.criteria import Criteria, Values
from audit.rules.disclosures import Disclosure, belongs_in_record, disclosure_of, for_parents, in_force
from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.models import AuditLog
from retention.rules.sealed import EVENTS, RESOURCE

PAGE_SIZE = 25
_COLUMNS = (*LISTED, "compliance_basis", "data_accessed")


def _search(school_id: str = "", student_id: str = "") -> Criteria:
    """Return the search for the rows that tell of disclosures."""
    wanted = Values(
        events=EVENTS,
        schools=(school_id,) if school_id else (),
        students=(student_id,) if student_id else (),
    )
    return Criteria(wanted=wanted)


def entry(event_id: str) -> Disclosure | None:
    """Return one entry, or None."""
    row = AuditLog.objects.filter(pk=event_id, event_type__in=EVENTS).first()
    return disclosure_of(row) if row is not None else None


def disclosure_page(school_id: str, cursor: str) -> tuple[keyset.Page[AuditLog], list[tuple[Disclosure, bool]]]:
    """Return a page of entries, newest first, each with whether a later one corrects it. Two warehouse queries."""
    part = page_of(_search(school_id), cursor, size=PAGE_SIZE, columns=_COLUMNS)
    found = [disclosure_of(row) for row in part.rows]
    numbers = {one.number for one in found}
    latest = {one.number: one for one in in_force([*found, *_versions(numbers)])} if found else {}
    return part, [(one, latest[one.number].event_id != one.event_id) for one in found]


def latest_of(number: str) -> Disclosure | None:
    """Return the entry of a number that counts, or None."""
    return next(iter(in_force(_versions([number]))), None)


def record_of(
    student_id: str, *, since: datetime | None, until: datetime | None, parents: bool
) -> Iterator[Disclosure]:
    """Yield the record of disclosures (34 CFR 99.32) in the order in which they were made; all students without one.

    Of an entry and its corrections the latest counts. With `parents`, nothing that a court has sealed in any version,
    whomever that version names.
    """
    found = list(map(disclosure_of, rows_of(_search(student_id=student_id)).iterator()))
    if parents:
        found = for_parents(found, _versions({one.number for one in found}))
    for one in in_force(one for one in found if belongs_in_record(one)):
        if (since is None or one.on >= since) and (until is None or one.on < until):
            yield one


def _versions(numbers: Iterable[str]) -> Iterator[Disclosure]:
    """Yield all entries with these numbers."""
    rows = AuditLog.objects.filter(event_type__in=EVENTS, resource_type=RESOURCE, resource_id__in=sorted(numbers))
    return map(disclosure_of, rows)
