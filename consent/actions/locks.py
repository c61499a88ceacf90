"""Locks that put answers about the same child in a row."""

from __future__ import annotations

from collections.abc import Collection

from consent.models import Guardianship, Invitation


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
