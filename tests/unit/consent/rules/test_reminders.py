"""When a guardian is reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.invitations import Times
from consent.rules.reminders import Due, Timetable, Waiting, due
from consent.vocabulary import Step
from tests.unit.consent.rules.rows import DAY, NOW

ZONE = ZoneInfo("America/New_York")  # NOW is 10 o'clock on Tuesday morning there
TABLE = Timetable()
HOUR = timedelta(hours=1)
ANSWER, CONFIRM = Step.ANSWER, Step.CONFIRM


def request(sent: datetime, **changes: Any) -> Waiting:
    """Return a request that was mailed at `sent` and not answered."""
    times = {name: changes.pop(name) for name in list(changes) if name in Times.__dataclass_fields__}
    facts = Times(**({"expires_at": sent + 30 * DAY, "sent_at": sent, "opened_at": None} | times))
    mailed = changes.pop("mailed_at", sent)
    return Waiting(**({"times": facts, "zone": ZONE, "mailed_at": mailed, "last_mail_to_guardian": mailed} | changes))


def answered(days_ago: int, **changes: Any) -> Waiting:
    """Return a request whose answer waits for its second step."""
    moment = NOW - days_ago * DAY
    facts = {"answered_at": moment, "mailed_at": moment, "awaits_second_step": True}
    return request(NOW - 20 * DAY, **(facts | changes))


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (request(NOW - 6 * DAY), None),
        (request(NOW - 7 * DAY), Due(ANSWER, 1)),
        (request(NOW - 7 * DAY + 5 * HOUR), Due(ANSWER, 1)),  # the same day of the week, though not the hour
        (request(NOW - 13 * DAY), Due(ANSWER, 1)),
        (request(NOW - 14 * DAY, mailed_at=NOW - 7 * DAY), Due(ANSWER, 2)),
        (request(NOW - 15 * DAY), Due(ANSWER, 2)),  # no worker ran for a week: one mail, not two
        (request(NOW - 21 * DAY, mailed_at=NOW - 7 * DAY), Due(ANSWER, 3)),
        (request(NOW - 28 * DAY, mailed_at=NOW - 7 * DAY), None),
        (request(NOW - 21 * DAY, mailed_at=NOW - DAY), Due(ANSWER, 3)),
        (request(NOW - 21 * DAY, mailed_at=NOW - 2 * HOUR), None),  # staff sent it again this morning
        (request(NOW - 7 * DAY, last_mail_to_guardian=NOW - HOUR), None),  # about another child, today
        (request(NOW - 7 * DAY, last_mail_to_guardian=NOW - DAY), Due(ANSWER, 1)),
        (request(NOW - 7 * DAY, sent_at=None), None),
        (request(NOW - 7 * DAY, opened_at=NOW - DAY), Due(ANSWER, 1)),
        (request(NOW - 7 * DAY, expires_at=NOW), None),
        (request(NOW - 7 * DAY, revoked_at=NOW - DAY), None),
        (request(NOW - 7 * DAY, answered_at=NOW - DAY), None),
        (request(NOW - 7 * DAY, restricted=True), None),
        (request(NOW - 7 * DAY, reachable=False), None),
        (request(NOW - 7 * DAY, stopped=True), None),
        (answered(1), None),
        (answered(2), Due(CONFIRM, 1)),
        (answered(5, mailed_at=NOW - 3 * DAY), Due(CONFIRM, 2)),
        (answered(9, mailed_at=NOW - 4 * DAY), None),
        (answered(2, awaits_second_step=False), None),
        (answered(2, verified_at=NOW), None),
        (answered(2, expires_at=NOW - DAY), Due(CONFIRM, 1)),  # the time to answer is over; the answer is there
        (answered(2, stopped=True), None),
        (request(NOW - 20 * DAY, renews_until=NOW + 8 * DAY), None),
        (request(NOW - 23 * DAY, renews_until=NOW + 7 * DAY), Due(ANSWER, 1)),
        (request(NOW - 3 * DAY, renews_until=NOW + 4 * DAY), None),  # asked later than the reminder's day
        (request(NOW - 23 * DAY, renews_until=NOW + 2 * DAY, mailed_at=NOW - 5 * DAY), None),
    ],
)
def test_which_reminder_is_due(waiting: Waiting, expected: Due | None) -> None:
    """By the day, the latest that has come; none where nothing is to be done or nobody may be written to."""
    assert due(waiting, TABLE, NOW) == expected


@pytest.mark.parametrize(
    ("zone", "hours", "expected"),
    [
        ("America/New_York", -3, None),  # 7 o'clock
        ("America/New_York", -2, Due(ANSWER, 1)),  # 8 o'clock
        ("Pacific/Honolulu", 0, None),  # 5 o'clock
        ("Pacific/Honolulu", 3, Due(ANSWER, 1)),
        ("Pacific/Kiritimati", 0, None),  # already the next day there, at 5 in the morning
    ],
)
def test_the_schools_clock_decides(zone: str, hours: int, expected: Due | None) -> None:
    """A reminder goes on the school's day and never before its morning."""
    waiting = replace(request(NOW - 7 * DAY), zone=ZoneInfo(zone))
    assert due(waiting, TABLE, NOW + hours * HOUR) == expected


def test_a_school_may_have_no_reminders() -> None:
    """An empty timetable sends nothing, whatever is asked."""
    none = Timetable(answer=(), confirm=(), before_end=())
    for waiting in (request(NOW - 9 * DAY), answered(3), request(NOW - 9 * DAY, renews_until=NOW + DAY)):
        assert due(waiting, none, NOW) is None


schedules = st.lists(st.integers(1, 29), max_size=5)


@given(
    schedules,
    st.sampled_from(["America/New_York", "Pacific/Auckland", "America/Phoenix", "UTC"]),
    st.integers(0, 24 * 300),
    st.sets(st.integers(0, 24 * 40)),
    st.none() | st.integers(0, 24 * 35),
)
def test_over_a_month_of_hours_nobody_is_reminded_twice_in_a_day_or_after_the_answer(
    days: list[int], zone: str, start: int, asleep: set[int], answer_after: int | None
) -> None:
    """Whatever the timetable, the season, the pauses of the worker and the hour of the answer."""
    table, sent = Timetable(answer=days), datetime(2025, 1, 1, tzinfo=UTC) + start * HOUR
    waiting = replace(request(sent), zone=ZoneInfo(zone))
    numbers, moments = [], []
    for hour in range(24 * 40):
        now = sent + hour * HOUR
        if hour == answer_after:
            waiting = replace(waiting, times=replace(waiting.times, answered_at=now))
        if hour not in asleep and (found := due(waiting, table, now)):
            numbers.append(found.number)
            moments.append(now.astimezone(ZoneInfo(zone)))
            waiting = replace(waiting, mailed_at=now, last_mail_to_guardian=now)
    assert numbers == sorted(set(numbers))
    assert len({moment.date() for moment in moments}) == len(moments)
    assert all(moment.hour >= table.hour for moment in moments)
    assert all(moment < sent + 30 * DAY for moment in moments)
    assert answer_after is None or all(moment < sent + answer_after * HOUR for moment in moments)
    if not asleep and answer_after is None:
        assert len(numbers) == len(set(days)), "a worker that always runs leaves none out"
