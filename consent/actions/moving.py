"""What happens when guardians get another address, whether the office types it or a roster brings it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.close import close_invitations
from consent.actions.signers import keep_signed
from consent.models import Guardian, Guardianship


def leave_addresses(moves: Mapping[Guardian, str], *, by: Actor, now: datetime, settled: Collection[str] = ()) -> int:
    """Do what a new address asks for, before it is saved; return how many requests were called back.

    What was signed under the old address stays with the person, every open link dies, and the one address that
    the catalog keeps for a family follows; not for students in `settled`, whose roster states it. Part of an
    action, which audits why. Two warehouse queries where there are children.
    """
    children = _children(moves)
    keep_signed(children, by=by, now=now)
    _move_family_addresses(moves, children, settled, now)
    return close_invitations(guardian_ids=[guardian.id for guardian in moves], now=now)


def _children(guardians: Collection[Guardian]) -> dict[Guardian, list[str]]:
    by_id = {guardian.id: guardian for guardian in guardians}
    children: dict[Guardian, list[str]] = {guardian: [] for guardian in guardians}
    ties = Guardianship.objects.filter(guardian_id__in=list(by_id)).order_by("student_id")
    for guardian_id, student_id in ties.values_list("guardian_id", "student_id"):
        children[by_id[guardian_id]].append(student_id)
    return children


def _move_family_addresses(
    moves: Mapping[Guardian, str],
    children: Mapping[Guardian, Collection[str]],
    settled: Collection[str],
    now: datetime,
) -> None:
    """Change the one address of each student where it is an old one; blank it where its holders part ways."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for guardian, address in moves.items():
        if guardian.email:
            for student_id in set(children[guardian]) - set(settled):
                wanted[student_id, guardian.email.casefold()].add(address)
    if not wanted:
        return
    students = Student.objects.filter(id__in={student_id for student_id, _ in wanted})
    for student_id, old in students.values_list("id", "parent_email"):
        if new := wanted.get((student_id, (old or "").casefold())):
            only = new.pop() if len(new) == 1 else ""
            gateway.update(Student, student_id, parent_email=only or None, updated_at=now)
