"""Takes requests to delete into the register that did not come through the office.

A guardian takes consents back and wants the data deleted; another service of ClassWaves sets `deletion_requested_at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import CoppaCompliance
from consent.models import Guardianship, Withdrawal, WithdrawnConsent
from consent.vocabulary import Relationship
from retention.actions.requests import limits
from retention.models import RightsRequest
from retention.rules.requests import due
from retention.vocabulary import AskedBy, Clock, RequestKind, RequestOutcome

__all__ = ["note_age_records", "note_withdrawals"]


def note_withdrawals(*, by: Actor, now: datetime) -> int:
    """Note each withdrawal with a wish to delete, child by child, and return how many are new.

    The guardian was told the last day, and the log has the event from then. One that is done already is noted as such.
    """
    known = set(RightsRequest.objects.exclude(withdrawal_id="").values_list("withdrawal_id", "student_id"))
    wanted = WithdrawnConsent.objects.filter(withdrawal__in=Withdrawal.objects.filter(delete_data=True))
    pairs = set(wanted.values_list("withdrawal_id", "student_id")) - known
    if not pairs:
        return 0
    withdrawals = Withdrawal.objects.select_related("guardian").in_bulk({withdrawal for withdrawal, _ in pairs})
    completed = _completed({student for _, student in pairs})
    made = []
    for withdrawal_id, student_id in sorted(pairs):
        asked = _of_withdrawal(withdrawals[withdrawal_id], student_id, by, now)
        done = [at for at in completed.get(student_id, ()) if at >= asked.received_at]
        if done:
            asked.outcome, asked.closed_by, asked.closed_at = RequestOutcome.FULFILLED.value, by.id, min(done)
        made.append(asked)
    RightsRequest.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def note_age_records(*, by: Actor, now: datetime) -> int:
    """Note what other services ask to delete on age records, and return how many are new."""
    asked = CoppaCompliance.objects.filter(deletion_requested_at__isnull=False, deletion_completed_at=None)
    found: dict[tuple[str, str], tuple[datetime, bool]] = {}
    columns = ("student_id", "school_id", "deletion_requested_at", "is_under_13")
    for student_id, school_id, at, under_13 in asked.values_list(*columns):
        found[student_id, school_id] = min((at, under_13), found.get((student_id, school_id), (at, under_13)))
    known: dict[str, list[RightsRequest]] = {}
    for request in RightsRequest.objects.filter(kind=RequestKind.DELETE, student_id__in=[one for one, _ in found]):
        known.setdefault(request.student_id, []).append(request)
    new = [key for key, (at, _) in found.items() if not _is_known(known.get(key[0], ()), at)]
    for student_id, school_id in new:
        _open(student_id, school_id, *found[student_id, school_id], by=by, now=now)
    return len(new)


def _is_known(requests: Iterable[RightsRequest], asked_at: datetime) -> bool:
    """Tell whether a wish stands in the register: open, or answered since it was uttered."""
    return any(one.closed_at is None or one.closed_at >= asked_at for one in requests)


def _of_withdrawal(withdrawal: Withdrawal, student_id: str, by: Actor, now: datetime) -> RightsRequest:
    own = Guardianship.objects.filter(
        guardian=withdrawal.guardian, student_id=student_id, relationship=Relationship.SELF
    )
    return RightsRequest(
        school_id=withdrawal.school_id,
        student_id=student_id,
        kind=RequestKind.DELETE.value,
        asked_by=(AskedBy.STUDENT if own.exists() else AskedBy.GUARDIAN).value,
        guardian=withdrawal.guardian,
        withdrawal_id=withdrawal.id,
        received_at=withdrawal.created_at,
        due_at=withdrawal.due_at or withdrawal.created_at,
        clock=Clock.PROMISED.value,
        entered_by=by.id,
        entered_at=now,
    )


def _completed(students: set[str]) -> dict[str, list[datetime]]:
    """Return when deletions of these students were completed: one warehouse query."""
    found: dict[str, list[datetime]] = {}
    rows = CoppaCompliance.objects.filter(student_id__in=students)
    for student_id, at in rows.values_list("student_id", "deletion_completed_at"):
        if at:
            found.setdefault(student_id, []).append(at)
    return found


def _open(student_id: str, school_id: str, asked_at: datetime, under_13: bool, *, by: Actor, now: datetime) -> None:
    last = due(
        RequestKind.DELETE, asked_at, time_zone(school_id), state="", under_13=under_13, limits=limits(school_id)
    )
    with transaction.atomic():
        request = RightsRequest.objects.create(
            school_id=school_id,
            student_id=student_id,
            kind=RequestKind.DELETE.value,
            asked_by=AskedBy.SERVICE.value,
            received_at=asked_at,
            due_at=last.at,
            clock=last.clock.value,
            entered_by=by.id,
            entered_at=now,
        )
        record(
            "request.deletion_received",
            by=by,
            school_id=school_id,
            resource=("request", request.id),
            students=[student_id],
            data={"kind": request.kind, "asked_by": request.asked_by, "due": last.at.isoformat(), "clock": last.clock},
            at=now,
        )
