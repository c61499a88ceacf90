"""The effective answer for a student: one function for pages, jobs, the gate and reports alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consent.rules.methods import stands
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, EffectiveStatus, Relationship, RowStatus


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What about the student and the school decides which rows count.

    The defaults are the protective ones: a child under 13 in a school with parents' opt-in for audio.
    """

    under_13: bool = True
    adult: bool = False
    internal_operations_only: bool = True
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Effective:
    """The answer for one type: its status, and the row that carries it where one does."""

    status: EffectiveStatus
    row: ConsentRow | None = None

    @property
    def active(self) -> bool:
        """Tell whether the consent is in force."""
        return self.status is EffectiveStatus.ACTIVE


# First match wins where nobody both consents and refuses.
_ORDER = (
    (RowStatus.ACTIVE, EffectiveStatus.ACTIVE),
    (RowStatus.REFUSED, EffectiveStatus.REFUSED),
    (RowStatus.UNVERIFIED, EffectiveStatus.UNVERIFIED),
    (RowStatus.PENDING, EffectiveStatus.PENDING),
    (RowStatus.EXPIRED, EffectiveStatus.EXPIRED),
    (RowStatus.REVOKED, EffectiveStatus.REVOKED),
)


def effective(rows: Iterable[ConsentRow], consent_type: str, about: Circumstances, now: datetime) -> Effective:
    """Return the effective answer for one type from all rows of one student.

    Both guardians have rights (34 CFR 99.4): a live refusal beside a grant in force is a conflict and
    permits nothing until the school resolves it by revoking one of them. Signers with a court order
    against them count for nothing. An adult student's own rows count alone (99.5).
    """
    of_type = [row for row in rows if row.consent_type == consent_type and not row.restricted]
    counting = [row for row in of_type if _may_sign(row, about)]
    if not counting:
        return Effective(EffectiveStatus.SUSPENDED if of_type and about.adult else EffectiveStatus.NOT_ASKED)
    latest: dict[RowStatus, ConsentRow] = {}
    for row in sorted(counting, key=lambda row: (row.consented_at, row.id)):
        latest[_status(row, about, now)] = row
    if RowStatus.ACTIVE in latest and RowStatus.REFUSED in latest:
        return Effective(EffectiveStatus.CONFLICT, latest[RowStatus.REFUSED])
    return next(Effective(answer, latest[status]) for status, answer in _ORDER if status in latest)


def effective_all(
    rows: Iterable[ConsentRow], about: Circumstances, now: datetime, types: Iterable[ConsentType] = tuple(ConsentType)
) -> dict[ConsentType, Effective]:
    """Return the effective answer for every type of `types`."""
    kept = list(rows)
    return {consent_type: effective(kept, consent_type, about, now) for consent_type in types}


def sides(
    rows: Iterable[ConsentRow], consent_type: str, about: Circumstances, now: datetime
) -> tuple[list[ConsentRow], list[ConsentRow]]:
    """Return the grants in force and the live refusals of one type: the two sides where guardians disagree."""
    counting = [
        row for row in rows if row.consent_type == consent_type and not row.restricted and _may_sign(row, about)
    ]
    grants = [row for row in counting if _status(row, about, now) is RowStatus.ACTIVE]
    refusals = [row for row in counting if _status(row, about, now) is RowStatus.REFUSED]
    return grants, refusals


def _may_sign(row: ConsentRow, about: Circumstances) -> bool:
    """Tell whether the signer may answer: a parent for a minor, an adult for themselves, the school for its own."""
    if row.consent_type == ConsentType.SCHOOL_AUTHORIZATION:
        return row.relationship == Relationship.SCHOOL_OFFICIAL
    if row.relationship == Relationship.SCHOOL_OFFICIAL:
        return False
    return (row.relationship == Relationship.SELF) is about.adult


def _status(row: ConsentRow, about: Circumstances, now: datetime) -> RowStatus:
    """Return the row's status, where a verification that does not stand counts as none."""
    status = row_status(row, now)
    verified = stands(
        row.consent_type,
        row.method,
        under_13=about.under_13,
        adult=about.adult,
        internal_operations_only=about.internal_operations_only,
    )
    return RowStatus.UNVERIFIED if status is RowStatus.ACTIVE and not verified else status
