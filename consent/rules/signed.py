"""Answers on paper and by call: from when they count, and which of them came too late."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from consent.rules.effective import Circumstances
from consent.rules.methods import stands
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import RowStatus

NOON = time(12)


class DayFault(StrEnum):
    """Why a day cannot be the day of a signature."""

    NOT_YET = "not_yet"
    BEFORE_THE_NOTICE = "before_the_notice"
    TOO_OLD = "too_old"


def fault_of_day(day: date, *, today: date, notice_since: date, ends_on: date) -> DayFault | None:
    """Return why nobody can have signed on that day, or None.

    Nobody consents to a notice before it exists (16 CFR 312.4(c): the notice comes first), and a consent
    that has run out by now is none: `ends_on` is the day on which one of that day ends.
    """
    if day > today:
        return DayFault.NOT_YET
    if day < notice_since:
        return DayFault.BEFORE_THE_NOTICE
    return DayFault.TOO_OLD if ends_on <= today else None


def moment_of(day: date, now: datetime, zone: tzinfo) -> datetime:
    """Return when something of that day counts as done: noon at the school, and never later than `now`."""
    return min(now, datetime.combine(day, NOON, zone))


def said_later(own: Iterable[ConsentRow], types: Collection[str], day: date, zone: tzinfo) -> list[ConsentRow]:
    """Return the guardian's own rows of these types that they gave on a later day than the paper was signed.

    A changed mind stands, whichever of the two reaches the office first. Rows that have ended do not count.
    """
    return [
        row
        for row in own
        if row.consent_type in types and row.revoked_at is None and row.consented_at.astimezone(zone).date() > day
    ]


def replaced(own: Iterable[ConsentRow], types: Collection[str]) -> set[str]:
    """Return the ids of the guardian's own rows that end with an answer that is verified at once."""
    return {row.id for row in own if row.consent_type in types and row.revoked_at is None}


def waits_for_check(row: ConsentRow, about: Circumstances, now: datetime) -> bool:
    """Tell whether a yes lacks a verification that stands for its type and this student (312.5(b)(2)).

    So does one that was confirmed by mail where a mail is not enough, such as sharing with a third party.
    """
    if row.expires_at is not None and row.expires_at <= now:
        return False
    status = row_status(row, now)
    if status is RowStatus.ACTIVE:
        return not stands(
            row.consent_type,
            row.method,
            under_13=about.under_13,
            adult=about.adult,
            internal_operations_only=about.internal_operations_only,
        )
    return status is RowStatus.UNVERIFIED


def waiting(own: Collection[ConsentRow], about: Circumstances, now: datetime) -> list[ConsentRow]:
    """Return those of one guardian's own rows for a student that a check can verify.

    A yes that the same guardian answered anew since is none of them: the later answer stands.
    """
    live = [row for row in own if row.revoked_at is None]
    newest = {row.consent_type: row.id for row in sorted(live, key=lambda row: (row.consented_at, row.id))}
    return [row for row in live if newest[row.consent_type] == row.id and waits_for_check(row, about, now)]
