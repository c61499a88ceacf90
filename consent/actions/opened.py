"""Notes that a notice was read by a person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from consent.models import Invitation
from consent.queries.families import children_of


def note_opened(*, invitation: Invitation, by: Actor, now: datetime) -> bool:
    """Note the first time that somebody does something on the page of an invitation; return whether it was.

    Never called for a GET or HEAD: mail scanners open links, and that is not a parent who reads.
    """
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=now):
            return False
        record(
            "consent.viewed",
            by=by,
            school_id=invitation.school_id,
            resource=("invitation", invitation.id),
            students=children_of(invitation),
            at=now,
        )
    return True
