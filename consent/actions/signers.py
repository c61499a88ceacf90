"""Notes which guardian signed a row that another service wrote."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from classwaves_admin.lib.actor import Actor
from consent.actions.changes import is_shared
from consent.models import Guardian, MatchedSigner
from consent.queries.rows import RecordedConsent, consents_of


def match(
    guardian: Guardian, consents: Collection[RecordedConsent], *, student_id: str, by: Actor, now: datetime
) -> list[str]:
    """Say that this guardian signed these rows; return the ids of those that had no signer. Part of an action."""
    loose = [consent.facts.id for consent in consents if consent.guardian_id is None]
    MatchedSigner.objects.bulk_create(
        [
            MatchedSigner(
                school_id=guardian.school_id,
                guardian=guardian,
                student_id=student_id,
                consent_id=consent_id,
                matched_by=by.id,
                matched_at=now,
            )
            for consent_id in loose
        ]
    )
    return loose


def keep_signed(guardian: Guardian, student_ids: Collection[str], *, by: Actor, now: datetime) -> int:
    """Tie other services' rows under a guardian's present address to the guardian; return how many. Part of an action.

    Called before the address changes: what was signed under the old one stays with the person.
    """
    folded = guardian.email.strip().casefold()
    if not folded:
        return 0
    return sum(
        len(match(guardian, [one for one in rows if _carries(one, folded)], student_id=student_id, by=by, now=now))
        for student_id, rows in consents_of(student_ids).items()
        if not is_shared(folded, student_id)
    )


def _carries(consent: RecordedConsent, folded: str) -> bool:
    return consent.signer_email.strip().casefold() == folded
