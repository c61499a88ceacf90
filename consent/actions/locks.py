"""Locks that put answers about the same child in a row."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from consent.models import Guardian, Guardianship, Invitation, InvitationChild


def lock_invitation(invitation_id: str) -> Invitation:
    """Return the invitation, held until the transaction ends. Raises Invitation.DoesNotExist.

    `no_key`: a new link refers to its invitation and must not wait for us while we wait for its links.
    """
    return (
        Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("guardian").get(pk=invitation_id)
    )


def lock_invitations(invitation_ids: Collection[str]) -> list[Invitation]:
    """Return those invitations, held until the transaction ends. One that is gone is left out."""
    held = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("guardian")
    return list(held.filter(pk__in=invitation_ids).order_by("pk"))


def lock_children(student_ids: Collection[str]) -> None:
    """Hold everything about these students until the transaction ends.

    Two guardians may answer at the same moment: the second must see the first one's answer, or it
    would raise a flag against a refusal. SQLite holds the whole database instead.
    """
    list(Guardianship.objects.select_for_update().filter(student_id__in=student_ids).order_by("pk").values_list("pk"))


def lock_students(student_ids: Collection[str]) -> None:
    """Hold everything about these students, and the open requests that name them, which the action may end.

    In the order in which an answer takes its locks, so that the two wait for each other and neither is refused.
    """
    _hold_requests(_names(student_ids))
    lock_children(student_ids)


def lock_guardian(guardian_id: str, *, also: Collection[str] = ()) -> Guardian:
    """Return the guardian, held until the transaction ends, with their children and those of `also`.

    Their open requests are held, and everybody's that name one of the children, in the order of `lock_students`.
    Raises Guardian.DoesNotExist.
    """
    ties = Guardianship.objects.filter(guardian_id=guardian_id)
    children = {*ties.values_list("student_id", flat=True), *also}
    _hold_requests(Q(guardian_id=guardian_id) | _names(children))
    lock_children(children)
    return Guardian.objects.select_for_update().get(pk=guardian_id)


def _names(student_ids: Collection[str]) -> Q:
    return Q(pk__in=InvitationChild.objects.filter(student_id__in=student_ids).values("invitation_id"))


def _hold_requests(wanted: Q) -> None:
    requests = Invitation.objects.filter(wanted, verified_at=None, revoked_at=None)
    list(requests.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
