"""The gate for a whole classroom session: which groups may be recorded and analysed, and who stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from consent.rules.gate import group_may_be_recorded
from consent.rules.overview import Glance, Standing, standing_from
from consent.vocabulary import ConsentType, LabelledEnum


class Bar(LabelledEnum):
    """Why a participant may not be recorded where no student's consent can be asked."""

    NO_STUDENT = "no_student", "Not on the roster: a teacher or a guest"
    UNKNOWN_STUDENT = "unknown_student", "No such student at this school"
    NOT_ENROLLED = "not_enrolled", "No longer an active student"
    NO_GROUP = "no_group", "In no group of this session"


Reason = Standing | Bar


@dataclass(frozen=True, slots=True)
class Seat:
    """One row of `sessions.participants`: who sits where.

    `known` tells that the student is on the roster of the session's own school, `enrolled` that they are
    active there. `group_id` is None where the row names no group of this session.
    """

    participant_id: str
    group_id: str | None = None
    student_id: str | None = None
    known: bool = False
    enrolled: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """What the gate says of one participant. The reasons are None where nothing stands in the way."""

    seat: Seat
    bars_recording: Reason | None
    bars_analysis: Reason | None

    @property
    def may_record(self) -> bool:
        """Tell whether this participant's voice may be recorded."""
        return self.bars_recording is None

    @property
    def may_analyse(self) -> bool:
        """Tell whether what this participant says may be analysed by AI."""
        return self.may_record and self.bars_analysis is None


@dataclass(frozen=True, slots=True)
class GroupGate:
    """What the gate says of one group. A group that nobody sits in is not recorded."""

    group_id: str
    members: tuple[Member, ...]

    @property
    def may_record(self) -> bool:
        """Tell whether the group may be recorded: one child's no is the group's."""
        return group_may_be_recorded(one.may_record for one in self.members)

    @property
    def may_analyse(self) -> bool:
        """Tell whether the group's talk may be analysed by AI."""
        return group_may_be_recorded(one.may_analyse for one in self.members)

    @property
    def blocking(self) -> tuple[Member, ...]:
        """Return who keeps the group from being recorded."""
        return tuple(one for one in self.members if not one.may_record)


@dataclass(frozen=True, slots=True)
class SessionGate:
    """What the gate says of a session: its groups, and the participants who sit in none of them."""

    groups: tuple[GroupGate, ...]
    ungrouped: tuple[Member, ...]

    @property
    def all_may_record(self) -> bool:
        """Tell whether everybody in the session may be recorded: there is a group, all may, nobody sits outside."""
        return bool(self.groups) and not self.ungrouped and all(group.may_record for group in self.groups)

    @property
    def recordable_groups(self) -> int:
        """How many groups may be recorded."""
        return sum(group.may_record for group in self.groups)

    @property
    def members(self) -> tuple[Member, ...]:
        """Return everybody, group by group."""
        return (*(one for group in self.groups for one in group.members), *self.ungrouped)

    @property
    def student_ids(self) -> tuple[str, ...]:
        """Return the students of the school who sit in the session."""
        return tuple(one.seat.student_id for one in self.members if one.seat.known and one.seat.student_id)

    @property
    def enrolled_ids(self) -> tuple[str, ...]:
        """Return the active students among them, each once: about them guardians can be asked."""
        seats = (one.seat for one in self.members)
        return tuple(dict.fromkeys(seat.student_id for seat in seats if seat.enrolled and seat.student_id))


def gate_of(group_ids: Collection[str], seats: Collection[Seat], glances: Mapping[str, Glance]) -> SessionGate:
    """Return what the gate says of the groups, in their order, with these participants.

    Fail-safe: whoever is not an active student of the school with every answer in force may not be
    recorded, and neither may the group they sit in. Who left a group still counts: the group's
    recording may hold their voice, and they may come back.
    """
    tables: dict[str, list[Member]] = {group_id: [] for group_id in group_ids}
    ungrouped = []
    for seat in seats:
        glance = glances.get(seat.student_id) if seat.student_id else None
        if seat.group_id in tables:
            tables[seat.group_id].append(_member(seat, glance))
        else:
            ungrouped.append(_outside(seat, glance))
    return SessionGate(
        tuple(GroupGate(group_id, tuple(members)) for group_id, members in tables.items()), tuple(ungrouped)
    )


def _member(seat: Seat, glance: Glance | None) -> Member:
    bar = _bar(seat, glance)
    if bar is not None or glance is None:
        return Member(seat, bar or Bar.UNKNOWN_STUDENT, bar or Bar.UNKNOWN_STUDENT)
    if not glance.may_record:
        return Member(seat, glance.standing, glance.standing)
    return Member(seat, None, None if glance.may_analyse else standing_from([glance.shown[ConsentType.AI]]))


def _outside(seat: Seat, glance: Glance | None) -> Member:
    """Return a participant without a group: nobody has said whose talk the microphone would take in with theirs."""
    bar = _bar(seat, glance) or Bar.NO_GROUP
    return Member(seat, bar, bar)


def _bar(seat: Seat, glance: Glance | None) -> Bar | None:
    if seat.student_id is None:
        return Bar.NO_STUDENT
    if not seat.known or glance is None:
        return Bar.UNKNOWN_STUDENT
    return None if seat.enrolled else Bar.NOT_ENROLLED
