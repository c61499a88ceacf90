"""Notes that mail to a guardian comes back, and that it is tried again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from audit.record import record
from classwaves_admin.lib.actor import Actor
from consent.models import Guardian, Guardianship
from consent.vocabulary import Bounce


def note_bounce(*, guardian_id: str, code: Bounce, by: Actor, now: datetime, address: str | None = None) -> bool:
    """Stop mails to a guardian whose address does not take them; return whether that is new.

    Whoever else of the school has this very address is stopped too. `address` is the one that the mail
    went to: where the guardian has another by now, nothing is noted. Links that were mailed stay good.
    """
    with transaction.atomic():
        sharing = _lock_sharing(guardian_id, address)
        stopped = [guardian for guardian in sharing if guardian.bounced_at is None and guardian.email]
        for guardian in stopped:
            _mark(guardian, bounced_at=now, code=code, now=now)
            _audit("notice.bounced", guardian, code, by, now)
    return bool(stopped)


def clear_bounce(*, guardian_id: str, by: Actor, now: datetime) -> bool:
    """Let mails go to this guardian's address again; return whether they were stopped.

    Whoever else of the school has this very address is mailed again too.
    """
    with transaction.atomic():
        stopped = [guardian for guardian in _lock_sharing(guardian_id) if guardian.bounced_at]
        for guardian in stopped:
            code = guardian.bounce_code
            _mark(guardian, bounced_at=None, code="", now=now)
            _audit("notice.bounce_cleared", guardian, code, by, now)
    return bool(stopped)


def _lock_sharing(guardian_id: str, address: str | None = None) -> list[Guardian]:
    """Return the guardian with all of the school who share the address, held in one order; [] for a changed one."""
    found = Guardian.objects.filter(pk=guardian_id).first()
    if found is None:
        return []
    sharing = Q(pk=found.pk) | Q(school_id=found.school_id, email__iexact=found.email)
    locked = list(Guardian.objects.select_for_update().filter(sharing).order_by("pk"))
    current = {_folded(guardian.email) for guardian in locked if guardian.pk == guardian_id}
    wanted = current if address is None else current & {_folded(address)}
    return [guardian for guardian in locked if _folded(guardian.email) in wanted]


def _folded(address: str) -> str:
    return address.strip().casefold()


def _mark(guardian: Guardian, *, bounced_at: datetime | None, code: str, now: datetime) -> None:
    guardian.bounced_at, guardian.bounce_code, guardian.updated_at = bounced_at, code, now
    guardian.save(update_fields=["bounced_at", "bounce_code", "updated_at"])


def _audit(event: str, guardian: Guardian, code: str, by: Actor, now: datetime) -> None:
    record(
        event,
        by=by,
        school_id=guardian.school_id,
        resource=("guardian", guardian.pk),
        students=Guardianship.objects.filter(guardian=guardian).values_list("student_id", flat=True),
        data={"code": str(code)},
        at=now,
    )
