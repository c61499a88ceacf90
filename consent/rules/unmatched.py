"""Answers whose signer is no known guardian of the child."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, Relationship, RowStatus

# What counts today or may count after a check; what has ended or was never answered needs no signer.
_LIVE = frozenset({RowStatus.ACTIVE, RowStatus.UNVERIFIED, RowStatus.REFUSED})
_NO_PARENT = frozenset({Relationship.SELF, Relationship.SCHOOL_OFFICIAL})


def folded(text: str) -> str:
    """Return an address or a name as it is compared."""
    return " ".join(text.split()).casefold()


def needs_signer(row: ConsentRow, now: datetime) -> bool:
    """Tell whether somebody must have signed a row as a parent, and the row may still count (34 CFR 99.4).

    The school's own authorisation and an adult student's own answer are no parent's.
    """
    if row.consent_type == ConsentType.SCHOOL_AUTHORIZATION or row.relationship in _NO_PARENT:
        return False
    return row_status(row, now) in _LIVE


def superseded(own: Collection[ConsentRow], now: datetime) -> set[str]:
    """Return the ids of one guardian's live rows that their own later answer to the same has ended.

    Needed once rows turn out to be one person's: a later no ends every older yes, a later yes an older answer
    only if it is verified, and an unverified yes only others like it.
    """
    ended: set[str] = set()
    live = [row for row in own if row_status(row, now) in _LIVE]
    for row in live:
        counts = row_status(row, now) is not RowStatus.UNVERIFIED
        ended |= {
            older.id
            for older in live
            if older.consent_type == row.consent_type
            and (older.consented_at, older.id) < (row.consented_at, row.id)
            and (counts or row_status(older, now) is RowStatus.UNVERIFIED)
        }
    return ended


def is_unmatched(address: str, guardians: Collection[str], *, known_signer: bool) -> bool:
    """Tell whether nobody can say which guardian signed.

    `guardians` are the addresses of the child's guardians, one for each. The signer is known where the portal
    took the answer or the office has matched it. An address names a person only where exactly one guardian
    has it: one that two share, or nobody has, names nobody, and a name alone is a hint for people.
    """
    if known_signer:
        return False
    wanted = folded(address)
    return not wanted or [folded(one) for one in guardians].count(wanted) != 1
