"""Notes which guardian signed a row that another service wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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


def keep_signed(children: Mapping[Guardian, Collection[str]], *, by: Actor, now: datetime) -> int:
    """Tie other services' rows under the guardians' present addresses to them; return how many. Part of an action.

    `children` gives each guardian's students. Called before an address changes: what was signed under the old one
    stays with the person. One warehouse query where there are students.
    """
    students = {student_id for of_one in children.values() for student_id in of_one}
    consents = consents_of(students) if students else {}
    return sum(
        len(match(guardian, rows, student_id=student_id, by=by, now=now))
        for guardian, student_id in _pairs(children)
        if (rows := [one for one in consents[student_id] if _carries(one, guardian.email)])
        and not is_shared(guardian.email, student_id)
    )


def _pairs(children: Mapping[Guardian, Collection[str]]) -> Iterator[tuple[Guardian, str]]:
    for guardian, of_one in children.items():
        for student_id in of_one:
            yield guardian, student_id


def _carries(consent: RecordedConsent, address: str) -> bool:
    folded = address.strip().casefold()
    return bool(folded) and consent.signer_email.strip().casefold() == folded
