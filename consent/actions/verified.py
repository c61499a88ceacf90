"""The writes by which answers become verified, whoever checked them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import ParentalConsent
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, end_rows, flag_conflicts
from consent.models import Answer
from consent.queries.rows import RecordedConsent, facts_of
from consent.rules.status import ConsentRow
from consent.vocabulary import VerificationMethod


def mark_verified(
    change: Change,
    rows: Collection[ConsentRow],
    own: Collection[RecordedConsent],
    *,
    method: VerificationMethod,
    at: datetime,
    school_id: str,
    by: Actor,
    now: datetime,
) -> None:
    """Verify rows of one student: the rows, the same guardian's older rows (`own`), which end, and the audit.

    The flags are the caller's, who writes them after all of it. `at` is when the check was made.
    """
    change.verified = {row.id: replace(row, verified_at=at, method=method.value) for row in rows}
    change.ended = {old for row in rows for old in _older(row, facts_of(own))}
    for row in rows:
        gateway.update(
            ParentalConsent,
            row.id,
            verified_at=at,
            verification_method=method.value,
            verification_token=None,
            updated_at=now,
        )
    Answer.objects.filter(consent_id__in=[row.id for row in rows]).update(
        verified_at=at, method=method.value, awaits_second_step=False
    )
    end_rows(change, now=now)
    if rows:
        note_verified(change.student_id, rows, method, school_id=school_id, by=by, now=now)
        flag_conflicts(change, school_id=school_id, by=by, now=now)


def note_verified(
    student_id: str,
    rows: Collection[ConsentRow],
    method: VerificationMethod,
    *,
    school_id: str,
    by: Actor,
    now: datetime,
) -> None:
    """Audit that rows of one student are verified."""
    record(
        "consent.verified",
        by=by,
        school_id=school_id,
        resource=("student", student_id),
        students=[student_id],
        data={
            "types": [row.consent_type for row in rows],
            "consents": [row.id for row in rows],
            "method": method.value,
        },
        at=now,
    )


def _older(row: ConsentRow, own: Collection[ConsentRow]) -> Collection[str]:
    """Return the same guardian's older rows of the same type."""
    return {
        one.id
        for one in own
        if one.consent_type == row.consent_type and one.id != row.id and one.consented_at <= row.consented_at
    }
