"""Asks guardians for consent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.invite import invite_all
from consent.actions.locks import lock_children
from consent.models import Guardian
from consent.notices.texts import NoticeIncomplete, SchoolFacts, missing_slots
from consent.queries.asking import Pair, whom_to_ask
from consent.queries.notices import school_facts
from consent.rules.asking import Skip
from consent.rules.names import without_name


@dataclass(frozen=True, slots=True)
class AskedPairs:
    """What came of asking given pairs: invitations by guardian, and pairs of guardian and student left out."""

    invitations: Mapping[str, str]
    left_out: Mapping[Pair, Skip]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: requests made, children in them, children nobody can be asked about, reasons."""

    invitation_ids: tuple[str, ...]
    children: int
    without_guardian: int
    skipped: Mapping[Skip, int]


def ask_for_consent(
    *,
    school_id: str,
    student_ids: Collection[str],
    by: Actor,
    now: datetime,
    guardian_id: str | None = None,
) -> Asked:
    """Ask the guardians of active students of one school, or one guardian alone, and queue the mails.

    One guardian gets one invitation for all of the children. Who is skipped, and why, is counted.
    Asking twice asks once. Raises NoticeIncomplete, with nothing written, where the notice has a blank,
    and School.DoesNotExist.
    """
    students = _students(school_id, student_ids)
    facts = school_facts(school_id)
    with transaction.atomic():
        lock_children(list(students))
        plan = whom_to_ask(list(students), now, guardian_id=guardian_id, nameless=_nameless(students))
        _check_notice(facts, plan.askable)
        invitations = invite_all(_with_children(plan.askable, students), facts, by=by, now=now)
    return Asked(tuple(invitations.values()), plan.children, plan.without_guardian, plan.skipped)


def ask_pairs(*, school_id: str, pairs: Mapping[str, Collection[str]], by: Actor, now: datetime) -> AskedPairs:
    """Ask guardians of one school, by their ids, about those students and no others, in the caller's transaction.

    Who may not be asked by now is left out, with the reason. Raises as `ask_for_consent`.
    """
    facts = school_facts(school_id)
    children = {student_id for ids in pairs.values() for student_id in ids}
    lock_children(children)
    students = _students(school_id, children)
    wanted = {(one, child) for one, ids in pairs.items() for child in ids}
    plan = whom_to_ask(list(students), now, pairs=wanted, nameless=_nameless(students))
    _check_notice(facts, plan.askable)
    return AskedPairs(invite_all(_with_children(plan.askable, students), facts, by=by, now=now), plan.left_out)


def ask_again_about(*, school_id: str, ending: Mapping[Pair, datetime], by: Actor, now: datetime) -> AskedPairs:
    """Ask guardians of one school again about students for whom their consents end, at these times.

    The answers of before stand meanwhile. Who may not be asked is left out, with the reason. Raises as
    `ask_for_consent`.
    """
    facts = school_facts(school_id)
    children = {student_id for _, student_id in ending}
    students = _students(school_id, children)
    with transaction.atomic():
        lock_children(children)
        plan = whom_to_ask(list(students), now, pairs=ending, again=True, nameless=_nameless(students))
        _check_notice(facts, plan.askable)
        invitations = invite_all(_with_children(plan.askable, students), facts, by=by, now=now, ending=ending)
    return AskedPairs(invitations, plan.left_out)


def _students(school_id: str, student_ids: Collection[str]) -> dict[str, Student]:
    found = Student.objects.filter(school_id=school_id, id__in=student_ids, status="active")
    return {student.id: student for student in found}


def _with_children(
    askable: Mapping[Guardian, list[str]], students: Mapping[str, Student]
) -> dict[Guardian, list[Student]]:
    return {guardian: [students[child] for child in children] for guardian, children in askable.items()}


def _nameless(students: Mapping[str, Student]) -> set[str]:
    return without_name((student.id, student.display_name) for student in students.values())


def _check_notice(facts: SchoolFacts, askable: Iterable[Guardian]) -> None:
    """Raise NoticeIncomplete where a slot of the direct notice is blank (312.4(c))."""
    if missing := missing_slots(facts, {guardian.language for guardian in askable}):
        raise NoticeIncomplete(missing)
