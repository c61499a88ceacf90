"""Moves a school into another district, or out of its own: what that means for its data is counted first.

The defaults and locks of the district hold from then on (rules/in_force.py). No policy of the school is written.
The side that the school leaves says its word (rules/moves.py), and is told by mail of a move that waits for it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.accounts.models import User
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails
from classwaves_admin.schools.districts.placing import district_now, place
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import District, School
from classwaves_admin.warehouse.outbox.holding import hold
from retention.actions.changes import (
    Decided,
    NotCounted,
    PolicyMoved,
    SecondPerson,
    ask_change,
    told,
    write_days,
)
from retention.actions.standards import needs_second
from retention.models import ChangeState, PolicyChange, SchoolMove
from retention.queries.moves import Side, administers, administrators_of_school, side_of
from retention.queries.policies import Policies, read_policies
from retention.queries.standards import set_by
from retention.rules.changes import Terms
from retention.rules.moves import Word

__all__ = [
    "ASKED_MAIL",
    "AlreadyThere",
    "NotTheirWord",
    "WordMissing",
    "agree_to_move",
    "ask_move",
    "drop_move",
    "make_move",
    "moves_open",
    "parts_of_move",
]

ASKED_MAIL = "retention.move_asked"


class AlreadyThere(ValueError):
    """The school is in that district already."""


class WordMissing(Exception):
    """The side that the school leaves has not said its word; `word` is whose."""

    def __init__(self, word: Word) -> None:
        super().__init__(word.label)
        self.word = word


class NotTheirWord(Exception):
    """Somebody who is no administrator of the school cannot agree for it."""


def ask_move(*, school_id: str, to_district: str, reason: str, user: User, by: Actor, now: datetime) -> SchoolMove:
    """Ask for a move and start to count what it means for the school's data. Nothing changes yet.

    `to_district` is empty where the school is to leave its district for none. Where `user` cannot make it alone, those
    whose word is missing get a mail. Raises AlreadyThere.
    """
    with system_scope(reason="the defaults of two districts are compared"), transaction.atomic():
        home = district_now(school_id)
        if home == to_district:
            raise AlreadyThere("The school is in this district already.")
        move = SchoolMove.objects.create(
            school_id=school_id,
            from_district=home,
            to_district=to_district,
            reason=reason,
            asked_by=by.id,
            asked_at=now,
        )
        before, after = _policies(move)
        for kind, terms in _differences(before, after).items():
            ask_change(
                held=before.held[kind],
                school_id=school_id,
                terms=terms[1],
                reason=reason,
                by=by,
                now=now,
                of_move=move,
            )
        _tell(move, user, now)
    return move


def agree_to_move(*, move: SchoolMove, user: User, by: Actor, now: datetime) -> None:
    """Keep the word of an administrator of the school, the first of whom counts. Raises Decided and NotTheirWord."""
    with system_scope(reason="a school agrees to its own move"), transaction.atomic():
        move = _open(move)
        if not administers(user, move.school_id):
            raise NotTheirWord("Only an administrator of the school agrees for it.")
        if move.agreed_at is None:
            SchoolMove.objects.filter(pk=move.pk).update(agreed_by=by.id, agreed_at=now)
            _note(move, {"step": "move_agreed"}, by, now)


def parts_of_move(move: SchoolMove) -> list[PolicyChange]:
    """Return what the move means for each kind of data that would stay for another time."""
    with system_scope(reason="a move is counted for the school it names"):
        return list(PolicyChange.objects.filter(of_move=move).order_by("policy_type"))


def moves_open(school_id: str) -> list[SchoolMove]:
    """Return the moves of a school that nobody has decided, oldest first."""
    with system_scope(reason="a district sees who wants to come"):
        return list(SchoolMove.objects.filter(school_id=school_id, state=ChangeState.OPEN).order_by("asked_at", "id"))


def make_move(*, move: SchoolMove, user: User, by: Actor, now: datetime) -> None:
    """Make a move whose numbers were seen: the school's district, its number of days, the events of its log.

    Raises Decided, WordMissing, NotCounted, SecondPerson, PolicyMoved and OnItsWay, with nothing written.
    """
    with system_scope(reason="a school changes its district"), transaction.atomic():
        move = _open(move)
        if word := side_of(move, now.date()).missing(move, user):
            raise WordMissing(word)
        parts = parts_of_move(move)
        if any(one.counted_at is None for one in parts):
            raise NotCounted("The numbers are not there yet.")
        if by.id == move.asked_by and needs_second(parts):
            raise SecondPerson("Another administrator confirms this move.")
        hold(School, move.school_id)
        before, after = _policies(move)
        if district_now(move.school_id) != move.from_district or _have_moved(parts, before, after):
            raise PolicyMoved("The school, its policies or a district has changed meanwhile.")
        place(move.school_id, move.to_district, now=now)
        if parts:
            write_days({move.school_id: after.held}, now)
        _decide(move, ChangeState.MADE, by, now)
        _record(move, parts, by, now)


def drop_move(*, move: SchoolMove, by: Actor, now: datetime) -> None:
    """Drop a move that nobody wants to make. Raises Decided."""
    with system_scope(reason="a move is dropped"), transaction.atomic():
        _decide(_open(move), ChangeState.DROPPED, by, now)


def _policies(move: SchoolMove) -> tuple[Policies, Policies]:
    """Return what holds at the school before and after the move: two warehouse queries."""
    read = read_policies([move.school_id])[move.school_id]
    home, goal = (set_by(one) if one else {} for one in (move.from_district, move.to_district))
    return read.under(home), read.under(goal)


def _differences(before: Policies, after: Policies) -> dict[Retention, tuple[Terms, Terms]]:
    pairs = {kind: (Terms.of(before.held[kind]), Terms.of(after.held[kind])) for kind in before.held}
    return {kind: pair for kind, pair in pairs.items() if pair[0] != pair[1]}


def _have_moved(parts: list[PolicyChange], before: Policies, after: Policies) -> bool:
    """Tell whether the move means something else by now."""
    seen = {one.policy_type: (Terms.from_json(one.before), Terms.from_json(one.after)) for one in parts}
    return seen != {kind.value: pair for kind, pair in _differences(before, after).items()}


def _open(move: SchoolMove) -> SchoolMove:
    found = SchoolMove.objects.select_for_update().get(pk=move.pk)
    if found.state != ChangeState.OPEN:
        raise Decided("The move was decided already.")
    return found


def _decide(move: SchoolMove, state: ChangeState, by: Actor, now: datetime) -> None:
    decided = {"state": state, "decided_by": by.id, "decided_at": now}
    SchoolMove.objects.filter(pk=move.pk).update(**decided)
    PolicyChange.objects.filter(of_move=move).update(**decided)


def _record(move: SchoolMove, parts: list[PolicyChange], by: Actor, now: datetime) -> None:
    """Leave an event of the school, and one for each kind of data that stays for another time."""
    _note(move, {"step": "moved"}, by, now)
    for one in parts:
        record(
            "retention.policy_changed",
            by=by,
            school_id=move.school_id,
            resource=("retention_policy", one.policy_type),
            data={**told(one), "move": move.id},
            at=now,
        )


def _note(move: SchoolMove, said: dict[str, str], by: Actor, now: datetime) -> None:
    """Leave an event of the school about the move, with both districts."""
    data: Codes = {
        **said,
        "move": move.id,
        "before": {"district": move.from_district or None},
        "after": {"district": move.to_district or None},
    }
    place = ("school", move.school_id)
    record("school.changed", by=by, school_id=move.school_id, resource=place, data=data, at=now)


def _tell(move: SchoolMove, asker: User, now: datetime) -> None:
    """Tell those whose word is missing by mail: the district's administrators, or else the school's own."""
    side = side_of(move, now.date())
    word = side.missing(move, asker)
    if word is None:
        return
    goal = District.objects.filter(pk=move.to_district).values_list("name", flat=True).first() or ""
    context = {"school": side.school.name if side.school else "", "goal": goal, "word": word.value}
    drafts = [Draft(ASKED_MAIL, one, context, None, move.pk) for one in _recipients(side, word, move)]
    queue_mails(drafts, now=now)


def _recipients(side: Side, word: Word, move: SchoolMove) -> list[Recipient]:
    if word is Word.DISTRICT:
        return [Recipient(one.email, one.pk, "en") for one in side.district_admins]
    return [Recipient(one.email, one.pk, "en") for one in administrators_of_school(move.school_id)]
