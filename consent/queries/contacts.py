"""Guardians of students and what the school has asked them, for the pages of the office. No warehouse query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from consent.models import Guardianship, Invitation, InvitationChild, Reminder
from consent.queries.families import invitation_state
from consent.vocabulary import InvitationState


class AskedGuardians(NamedTuple):
    """How many guardians a student has, and how many of them were ever asked."""

    asked: int
    known: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request for consent that concerns a student, and where it stands. `children` counts the student in.

    `reminders` are those that were sent; `can_go_again` tells that a mail of it would make sense.
    """

    invitation: Invitation
    state: InvitationState
    children: int
    reminders: int = 0

    @property
    def can_go_again(self) -> bool:
        """Tell whether something waits for the guardian, so that its mail may go out once more."""
        return self.state not in {InvitationState.REVOKED, InvitationState.VERIFIED}


def asked_guardians(student_ids: Collection[str]) -> Mapping[str, AskedGuardians]:
    """Return for each student how many guardians there are and how many were asked."""
    known = Counter(Guardianship.objects.filter(student_id__in=student_ids).values_list("student_id", flat=True))
    # Asked for each of these children's requests: a list of all requests of the schools would be made first.
    ours = Invitation.objects.filter(pk=OuterRef("invitation_id"))
    children = InvitationChild.objects.filter(Exists(ours), student_id__in=student_ids)
    pairs = set(children.values_list("student_id", "invitation__guardian_id"))
    asked = Counter(student_id for student_id, _ in pairs)
    return {student_id: AskedGuardians(asked[student_id], known[student_id]) for student_id in student_ids}


def guardians_of(student_id: str) -> list[Guardianship]:
    """Return who answers for a student, with their contact, by name."""
    found = Guardianship.objects.filter(student_id=student_id).select_related("guardian")
    return list(found.order_by("guardian__name", "id"))


def requests_about(student_id: str, now: datetime) -> list[Request]:
    """Return the requests that concern a student, newest first."""
    invitations = (
        Invitation.objects.filter(children__student_id=student_id)
        .select_related("guardian")
        .order_by("-created_at", "-id")
    )
    found = list(invitations)
    sizes = Counter(InvitationChild.objects.filter(invitation__in=found).values_list("invitation_id", flat=True))
    reminders = Counter(Reminder.objects.filter(invitation__in=found).values_list("invitation_id", flat=True))
    return [Request(one, invitation_state(one, now), sizes[one.id], reminders[one.id]) for one in found]
