"""Places legal holds, and releases them by two people. A hold counts from the moment it stands here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.values import value
from retention.models import LegalHold
from retention.rules.holds import Asked, Refusal, may_release

__all__ = ["NotReleased", "ask_release", "asked_of", "cooling_off", "keep_hold", "place_hold", "release_hold"]


class NotReleased(Exception):
    """A hold that stays; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def cooling_off(school_id: str) -> timedelta:
    """Return the time for second thoughts at a school, between asking for a release and the release."""
    return timedelta(days=value(school_id, "retention.hold_release_days").value)


def place_hold(
    *,
    school_id: str,
    student_id: str = "",
    session_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str,
    by: Actor,
    now: datetime,
) -> LegalHold:
    """Place a hold: from now on nothing that it covers is destroyed."""
    with transaction.atomic():
        hold = LegalHold.objects.create(
            school_id=school_id,
            student_id=student_id,
            session_id=session_id,
            since=since,
            until=until,
            reason=reason,
            placed_by=by.id,
            placed_at=now,
        )
        _audit("hold.placed", hold, {"dated": bool(since or until)}, by, now)
    return hold


def ask_release(*, hold: LegalHold, reason: str, by: Actor, now: datetime) -> LegalHold:
    """Ask for the release of a hold; another person confirms it later. Raises NotReleased for a released one."""
    with transaction.atomic():
        hold = _locked(hold)
        if hold.released_at:
            raise NotReleased(Refusal.RELEASED)
        hold.release_reason, hold.release_asked_by, hold.release_asked_at = reason, by.id, now
        hold.save(update_fields=["release_reason", "release_asked_by", "release_asked_at"])
        _audit("hold.release_asked", hold, {}, by, now)
    return hold


def keep_hold(*, hold: LegalHold, by: Actor, now: datetime) -> LegalHold:
    """Take back what was asked: the hold stays. Raises NotReleased where nobody asked, or it is released."""
    with transaction.atomic():
        hold = _locked(hold)
        if hold.released_at or hold.release_asked_at is None:
            raise NotReleased(Refusal.RELEASED if hold.released_at else Refusal.NOT_ASKED)
        hold.release_reason, hold.release_asked_by, hold.release_asked_at = "", "", None
        hold.save(update_fields=["release_reason", "release_asked_by", "release_asked_at"])
        _audit("hold.kept", hold, {}, by, now)
    return hold


def release_hold(*, hold: LegalHold, by: Actor, now: datetime) -> LegalHold:
    """Release a hold that somebody else has asked to release some days ago. Raises NotReleased."""
    with transaction.atomic():
        hold = _locked(hold)
        released = hold.released_at is not None
        refusal = may_release(
            asked_of(hold), released=released, by=by.id, now=now, cooling_off=cooling_off(hold.school_id)
        )
        if refusal:
            raise NotReleased(refusal)
        hold.released_by, hold.released_at = by.id, now
        hold.save(update_fields=["released_by", "released_at"])
        _audit("hold.released", hold, {"asked_by": hold.release_asked_by}, by, now)
    return hold


def asked_of(hold: LegalHold) -> Asked | None:
    """Return who asked for the release of a hold, and when."""
    return Asked(hold.release_asked_by, hold.release_asked_at) if hold.release_asked_at else None


def _locked(hold: LegalHold) -> LegalHold:
    return LegalHold.objects.select_for_update().get(pk=hold.pk)


def _audit(event: str, hold: LegalHold, data: Codes, by: Actor, now: datetime) -> None:
    record(
        event,
        by=by,
        school_id=hold.school_id,
        resource=("legal_hold", hold.id),
        students=[hold.student_id] if hold.student_id else [],
        session_id=hold.session_id or None,
        data=data,
        at=now,
    )
