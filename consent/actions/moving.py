"""What happens when guardians get another address, whether the office types it or a roster brings it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.close import close_invitations
from consent.actions.signers import keep_signed
from consent.models import Guardian, Guardianship


def leave_addresses(guardians: Collection[Guardian], *, by: Actor, now: datetime) -> int:
    """Do what a new address asks for, before it is saved; return how many requests were called back.

    What was signed under the old address stays with the person, and every open link dies. Part of an action, which
    audits why. One warehouse query where there are children.
    """
    keep_signed(_children(guardians), by=by, now=now)
    return close_invitations(guardian_ids=[guardian.id for guardian in guardians], now=now)


def family_addresses(moves: Mapping[Guardian, str], *, but: Collection[str] = ()) -> dict[str, tuple[str, str | None]]:
    """Return what becomes of the one address that the catalog keeps for each student: before and after, by student.

    Where it is an old address of these guardians it follows to the new one, and is blank where they part ways.
    Students in `but` are left alone. One warehouse query where there are children.
    """
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for guardian, children in _children(moves).items():
        if guardian.email:
            for student_id in set(children) - set(but):
                wanted[student_id, guardian.email.casefold()].add(moves[guardian])
    if not wanted:
        return {}
    students = Student.objects.filter(id__in={student_id for student_id, _ in wanted}, parent_email__isnull=False)
    found: dict[str, tuple[str, str | None]] = {}
    for student_id, old in students.values_list("id", "parent_email"):
        if new := wanted.get((student_id, str(old).casefold())):
            found[student_id] = (str(old), (new.pop() or None) if len(new) == 1 else None)
    return found


def _children(guardians: Collection[Guardian]) -> dict[Guardian, list[str]]:
    by_id = {guardian.id: guardian for guardian in guardians}
    children: dict[Guardian, list[str]] = {guardian: [] for guardian in guardians}
    ties = Guardianship.objects.filter(guardian_id__in=list(by_id)).order_by("student_id")
    for guardian_id, student_id in ties.values_list("guardian_id", "student_id"):
        children[by_id[guardian_id]].append(student_id)
    return children
