"""Which rows of a student may be opened: those about the student alone. Of others a page says that they are there.

Rows about a group or a session are the student's alone where nobody else sat in it, and only where that is certain.
A voice cannot be taken out of a recording, so one of a group is opened only for a group of one, whosever device it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classwaves_admin.warehouse.inventory import Retention, Subject, table
from classwaves_admin.warehouse.models import Message
from retention.fates import Rule

__all__ = ["OPENS", "Company", "Opening", "Parts", "Seat", "event_of", "names_others", "opening", "place_of"]

Parts = Mapping[Subject, frozenset[str]]
# Who of those that write messages is no student.
STAFF_TYPES = frozenset({"teacher", "admin", "staff", "system", "school_official"})
_PLACES = {Subject.GROUP: "group", Subject.SESSION: "session"}
_EVENTS = {
    Retention.TRANSCRIPTS: "transcript.viewed",
    Retention.METRICS: "analysis.viewed",
    Retention.AI_ANALYSES: "analysis.viewed",
}
_UNKNOWN = "Nobody can tell who else it is about, so it stays closed."
_GUARDIAN = "It went to a guardian of this student, who may have other children, so it stays closed."
_SEVERAL = "It names several students, so it stays closed."
_WRITTEN_BY_OTHERS = "Another student wrote it: {signs:,} characters, which are not shown."


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a row may be opened, else why not."""

    may: bool
    why: str = ""


OPENS = Opening(may=True)


@dataclass(frozen=True, slots=True)
class Seat:
    """One part taken in a session."""

    id: str
    session_id: str
    group_id: str | None
    student_id: str | None


@dataclass(frozen=True, slots=True)
class Company:
    """Who was there: all seats of some sessions, how many each session and group says it had, and who spoke.

    `voices` are sessions, groups and ids of those who spoke and are neither staff nor the student.
    """

    seats: Sequence[Seat] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    voices: Collection[tuple[str, str | None, str]] = ()

    def others(self, subject: Subject, place: str, own: Collection[str]) -> int | None:
        """Return how many others were in a group or a session; None where nobody can tell.

        Nobody can tell once the student's own seat has left the catalog, or where the number noted says more.
        """
        in_group = subject is Subject.GROUP
        there = [seat for seat in self.seats if place == (seat.group_id if in_group else seat.session_id)]
        others = {seat.id for seat in there if not {seat.id, seat.student_id} & set(own)}
        seated = {one for seat in there for one in (seat.id, seat.student_id)}
        voices = {who for session, group, who in self.voices if place == (group if in_group else session)}
        others |= voices - seated
        if others:
            return len(others)
        certain = bool(there) and self.sizes.get(place, 0) == 1
        return 0 if certain else None


def event_of(rule: Rule) -> str:
    """Return the event that opening a row of a table leaves in the log."""
    kind = table(rule.model).retention
    return _EVENTS.get(kind, "student.viewed") if kind else "student.viewed"


def place_of(rule: Rule, row: Any, parts: Parts) -> tuple[Subject, str] | None:
    """Return by what others share a row: the group or the session that it names, else the guardian's address.

    None for a row that names neither.
    """
    links = [link for link in table(rule.model).students if not link.alone and not link.json_list]
    for subject in (Subject.GROUP, Subject.SESSION, Subject.GUARDIAN_ADDRESS):
        for link in (one for one in links if one.subject is subject):
            value = getattr(row, link.lookup)
            if value and value in parts[subject]:
                return subject, value
    return None


def opening(rule: Rule, row: Any, *, own: bool, parts: Parts, company: Company) -> Opening:
    """Tell whether a row that is held of the student may be opened; `own` says that it is about the student alone."""
    if own and not (rule.file and row.group_id):
        return _of_message(row, parts) if isinstance(row, Message) else OPENS
    place = place_of(rule, row, parts)
    if place is None:
        lists = [str(getattr(row, link.lookup) or "") for link in table(rule.model).students if link.json_list]
        alone = bool(lists) and not any(names_others(one, parts[Subject.STUDENT]) for one in lists)
        return OPENS if alone else Opening(may=False, why=_SEVERAL if lists else _UNKNOWN)
    subject, value = place
    if subject is Subject.GUARDIAN_ADDRESS:
        return Opening(may=False, why=_GUARDIAN)
    number = company.others(subject, value, parts[Subject.STUDENT] | parts[Subject.PARTICIPANT])
    if number is None:
        return Opening(may=False, why=_UNKNOWN)
    if number:
        others = "1 other student" if number == 1 else f"{number:,} other students"
        return Opening(may=False, why=f"It is also about {others} of the {_PLACES[subject]}, so it stays closed.")
    return _of_message(row, parts) if isinstance(row, Message) else OPENS


def names_others(identifiers: str, own: Collection[str]) -> bool:
    """Tell whether a list of ids, in whatever form some service wrote it, holds more than the student's own."""
    for one in own:
        identifiers = identifiers.replace(one, "")
    return any(sign.isalnum() for sign in identifiers)


def _of_message(message: Message, parts: Parts) -> Opening:
    """Tell whether the words of a message may be shown: the student's own, and those of staff."""
    own = parts[Subject.STUDENT] | parts[Subject.PARTICIPANT]
    if message.sender_id in own or message.sender_type.strip().casefold() in STAFF_TYPES:
        return OPENS
    return Opening(may=False, why=_WRITTEN_BY_OTHERS.format(signs=len(message.content)))
