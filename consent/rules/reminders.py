"""When a guardian is reminded of a request that waits for them, and of which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from consent.rules.days import day_of, has_begun
from consent.rules.invitations import OUTSTANDING, Times, state_of
from consent.vocabulary import InvitationState, Step


@dataclass(frozen=True, slots=True)
class Timetable:
    """On which days reminders go.

    `answer` counts days from the first mail, `confirm` from the answer whose second step is missing, and
    `before_end` backwards from the end of a consent: its first day is when the guardian is asked again, the
    others are reminders. No mail goes before `hour` o'clock of the school's day.
    """

    answer: Sequence[int] = (7, 14, 21)
    confirm: Sequence[int] = (2, 5)
    before_end: Sequence[int] = (30, 7)
    hour: int = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request with what decides about a reminder.

    `mailed_at` is when a mail of this request was last queued, `last_mail_to_guardian` of any request to the
    same person. `renews_until` is the end of the consent that the request asks to give again.
    """

    times: Times
    zone: tzinfo
    mailed_at: datetime
    last_mail_to_guardian: datetime
    awaits_second_step: bool = False
    renews_until: datetime | None = None
    reachable: bool = True
    restricted: bool = False
    stopped: bool = False


class Due(NamedTuple):
    """A reminder that is due: of which step, and its number, from 1."""

    step: Step
    number: int


def due(waiting: Waiting, table: Timetable, now: datetime) -> Due | None:
    """Return the reminder that is due, or None.

    None after an answer, a call back or the end of the request; none against a court order, to an address that
    does not take mail, or where the guardian has stopped reminders. A guardian gets at most one in a day, and
    days that have passed unused, on which no worker ran, are made up by one reminder, not by several.
    """
    step = _step(waiting, now)
    if step is None or waiting.restricted or waiting.stopped or not waiting.reachable:
        return None
    today = day_of(now, waiting.zone)
    if day_of(waiting.last_mail_to_guardian, waiting.zone) >= today or not has_begun(
        now, waiting.zone, hour=table.hour
    ):
        return None
    last = day_of(waiting.mailed_at, waiting.zone)
    come = [number for number, day in enumerate(_days(waiting, step, table), 1) if last < day <= today]
    return Due(step, max(come)) if come else None


def _step(waiting: Waiting, now: datetime) -> Step | None:
    """Return what the guardian has still to do."""
    state = state_of(waiting.times, now)
    if state in OUTSTANDING and waiting.times.sent_at is not None:
        return Step.ANSWER
    return Step.CONFIRM if state is InvitationState.ANSWERED and waiting.awaits_second_step else None


def _days(waiting: Waiting, step: Step, table: Timetable) -> list[date]:
    """Return the days of the reminders, first one first."""
    if step is Step.CONFIRM:
        return _after(waiting.times.answered_at, table.confirm, waiting.zone)
    if waiting.renews_until is not None:
        end = day_of(waiting.renews_until, waiting.zone)
        return sorted(end - timedelta(days=days) for days in sorted(table.before_end)[:-1])
    return _after(waiting.times.sent_at, table.answer, waiting.zone)


def _after(start: datetime | None, days: Sequence[int], zone: tzinfo) -> list[date]:
    return [day_of(start, zone) + timedelta(days=one) for one in sorted(days)] if start else []
