"""At 18 the parents' rights pass to the student (34 CFR 99.5), and back where the age was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from audit.events import Basis
from audit.record import record
from classwaves_admin.lib.actor import Actor
from consent.actions.changes import Change, lower_flags, write_flags
from consent.actions.close import close_invitations
from consent.actions.limits import note_status, write_alike
from consent.models import Guardian, Guardianship, InvitationChild, RightsTransfer
from consent.queries.families import requests_to_parents
from consent.vocabulary import Relationship


def transfer_rights(change: Change, *, school_id: str, by: Actor, now: datetime) -> RightsTransfer:
    """Pass the rights of an adult student to the student: flags first, then access and requests, then audit.

    The parents' consents stay as they are and count no more (`rules.effective`); open requests to parents
    end for this student. Part of the caller's transaction, with the student locked. Inviting the student
    is a step of its own, `actions.inviting`: it needs the age as the catalog has it.
    """
    lower_flags(change, now=now)
    write_alike(change.ages, {"is_under_13": False, "parent_access_enabled": False}, now=now)
    transfer, _ = RightsTransfer.objects.get_or_create(
        student_id=change.student_id, defaults={"school_id": school_id, "transferred_at": now}
    )
    ended = _end_requests_to_parents(change.student_id, now=now)
    record(
        "rights.transferred",
        by=by,
        school_id=school_id,
        resource=("student", change.student_id),
        students=[change.student_id],
        basis=Basis.PARENT_OR_STUDENT,
        data={"requests_ended": ended},
        at=now,
    )
    return transfer


def return_rights(change: Change, *, school_id: str, by: Actor, now: datetime) -> None:
    """Take back a transfer that rested on a wrong age: the parents' consents count again.

    The student's own links end first; flags last. Parents' access stays off until staff switch it on.
    """
    own = list(_own_ties(change.student_id))
    close_invitations(guardian_ids=[tie.guardian_id for tie in own], now=now)
    Guardianship.objects.filter(pk__in=[tie.pk for tie in own]).delete()
    RightsTransfer.objects.filter(student_id=change.student_id).delete()
    note_status(change.student_id, school_id, {"adult": False}, by=by, now=now)
    write_flags(change, now=now)


def own_contact(student_id: str, school_id: str) -> Guardian | None:
    """Return the student as a contact of their own at this school, or None."""
    tie = next((one for one in _own_ties(student_id) if one.school_id == school_id), None)
    return tie.guardian if tie else None


def _own_ties(student_id: str) -> Sequence[Guardianship]:
    ties = Guardianship.objects.filter(student_id=student_id, relationship=Relationship.SELF)
    return list(ties.select_related("guardian"))


def _end_requests_to_parents(student_id: str, *, now: datetime) -> int:
    """End what parents were asked about this student; return how many requests that touched.

    A request about other children too goes on without this one. One that was answered keeps what it
    asked, as proof; its second step passes over the student (`queries.families.answers_for`).
    """
    touched = list(requests_to_parents(student_id))
    for invitation in touched:
        alone = not InvitationChild.objects.filter(invitation=invitation).exclude(student_id=student_id).exists()
        if alone:
            invitation.revoked_at = now
            invitation.save(update_fields=["revoked_at"])
        elif invitation.answered_at is None:
            InvitationChild.objects.filter(invitation=invitation, student_id=student_id).delete()
    return len(touched)
