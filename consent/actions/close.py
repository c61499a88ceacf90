"""Calls requests back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from consent.actions.links import end_links_to_manage
from consent.models import Invitation, InvitationChild
from consent.queries.families import open_invitations


def close_invitations(*, guardian_ids: Collection[str], now: datetime, student_id: str | None = None) -> int:
    """Revoke every link of these guardians that is not used up; return how many requests were called back.

    For a changed address or a court order: links die, and no consent moves to the new address. With
    `student_id`, only requests that name this student. Part of the caller's action, which audits why.
    Consents that are verified already are not touched.
    """
    end_links_to_manage(guardian_ids=guardian_ids, now=now)
    return open_invitations(guardian_ids, student_id=student_id).update(revoked_at=now)


def call_back_children(*, student_ids: Collection[str], now: datetime, guardian_id: str = "") -> int:
    """Take students out of the requests that nobody has answered; return how many requests were called back.

    For a student who has left, or who is no longer this guardian's: a request about brothers and sisters goes
    on without them, one about nobody else is called back. What is answered stands, and only its link dies where
    it asks for a second step about nobody else. Part of the caller's action, which audits why.
    """
    requests = Invitation.objects.filter(verified_at=None, revoked_at=None)
    if guardian_id:
        requests = requests.filter(guardian_id=guardian_id)
    children = InvitationChild.objects.filter(student_id__in=student_ids, invitation__in=requests)
    touched = list(children.values_list("invitation_id", flat=True).distinct())
    others = InvitationChild.objects.filter(invitation=OuterRef("pk")).exclude(student_id__in=student_ids)
    empty = list(requests.filter(pk__in=touched).exclude(Exists(others)).values_list("pk", flat=True))
    children.filter(invitation__answered_at=None).exclude(invitation__in=empty).delete()
    return Invitation.objects.filter(pk__in=empty).update(revoked_at=now)
