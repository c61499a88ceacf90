"""Answers on paper and by call, by table: which day can be, what they replace, what came too late, what waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.effective import Circumstances
from consent.rules.signed import DayFault, fault_of_day, moment_of, replaced, said_later, waiting, waits_for_check
from consent.vocabulary import ConsentType, VerificationMethod
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

ZONE = ZoneInfo("America/Denver")
TODAY = date(2025, 3, 4)
S, A, T = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.THIRD_PARTY
CHILD, TEEN = Circumstances(), Circumstances(under_13=False)


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (TODAY, None),
        (TODAY + timedelta(days=1), DayFault.NOT_YET),
        (date(2025, 2, 1), None),
        (date(2025, 1, 31), DayFault.BEFORE_THE_NOTICE),
        (date(1, 1, 1), DayFault.BEFORE_THE_NOTICE),
    ],
)
def test_a_day_lies_between_the_notice_and_today(day: date, fault: DayFault | None) -> None:
    """Nobody signs a notice before it exists, nor tomorrow."""
    assert fault_of_day(day, today=TODAY, notice_since=date(2025, 2, 1), ends_on=TODAY + DAY) is fault


def test_a_consent_that_ran_out_meanwhile_is_none() -> None:
    """A form that lay in a drawer for longer than a consent lasts records nothing."""
    for ends, fault in ((TODAY, DayFault.TOO_OLD), (TODAY + DAY, None)):
        assert fault_of_day(date(2024, 9, 1), today=TODAY, notice_since=date(2020, 1, 1), ends_on=ends) is fault


@given(st.dates(date(2000, 1, 1), TODAY))
def test_a_moment_is_of_its_day_and_never_in_the_future(day: date) -> None:
    """Noon at the school; today it is not later than now."""
    moment = moment_of(day, NOW, ZONE)
    assert moment <= NOW
    assert moment.astimezone(ZONE).date() == day


@pytest.mark.parametrize(
    ("row", "later"),
    [
        (refused(consented_at=NOW), True),
        (granted(consented_at=NOW), True),
        (unverified(consented_at=NOW), True),
        (refused(consented_at=NOW, revoked_at=NOW), False),
        (refused(A, consented_at=NOW), False),
        # the evening of the same day at the school is the next day in UTC
        (refused(consented_at=datetime(2025, 3, 2, 6, 0, tzinfo=NOW.tzinfo)), False),
        (refused(consented_at=datetime(2025, 3, 2, 7, 1, tzinfo=NOW.tzinfo)), True),
        (refused(consented_at=NOW - 9 * DAY), False),
    ],
)
def test_what_the_guardian_said_on_a_later_day_stands(row: Any, later: bool) -> None:
    """A paper of March 1 that comes in on March 4 changes nothing that was said on March 2 or after."""
    assert bool(said_later([row], {S}, date(2025, 3, 1), ZONE)) is later


def test_a_verified_answer_ends_every_older_one_of_its_type() -> None:
    """Yes, no, unverified: all of the guardian's own of these types; ended ones and other types are left alone."""
    rows = [granted(id="yes"), refused(id="no"), unverified(id="wait"), granted(A, id="other")]
    assert replaced([*rows, granted(id="ended", revoked_at=NOW)], {S}) == {"yes", "no", "wait"}


@pytest.mark.parametrize(
    ("row", "about", "waits"),
    [
        (unverified(), CHILD, True),
        (granted(), CHILD, False),
        (granted(method="signed_form"), CHILD, False),
        (granted(T, method="email_plus"), TEEN, True),
        (granted(T, method="in_person_id_check"), CHILD, False),
        (granted(method="email_plus"), Circumstances(internal_operations_only=False), True),
        (granted(method="sis_portal_login"), CHILD, True),
        (granted(method="sis_portal_login"), TEEN, False),
        (granted(method="carrier_pigeon"), CHILD, True),
        (refused(), CHILD, False),
        (refused(has_token=True), CHILD, False),
        (unverified(revoked_at=NOW), CHILD, False),
        (unverified(expires_at=NOW), CHILD, False),
        (granted(T, method="email_plus", expires_at=NOW), TEEN, False),
    ],
)
def test_a_yes_without_a_verification_that_stands_waits(row: Any, about: Circumstances, waits: bool) -> None:
    """A mail never verifies sharing (312.5(b)(2)(vi)); what has ended or was refused waits for nothing."""
    assert waits_for_check(row, about, NOW) is waits


def test_an_older_yes_does_not_wait_behind_a_later_answer() -> None:
    """Whoever said no since cannot be verified into a yes."""
    yes = unverified(consented_at=NOW - 3 * DAY)
    assert waiting([yes], CHILD, NOW) == [yes]
    assert waiting([yes, refused(consented_at=NOW - DAY)], CHILD, NOW) == []
    assert waiting([yes, refused(consented_at=NOW - DAY, revoked_at=NOW)], CHILD, NOW) == [yes]


@pytest.mark.parametrize("method", [VerificationMethod.SIGNED_FORM, VerificationMethod.IN_PERSON])
@pytest.mark.parametrize("kind", list(ConsentType)[:4])
def test_what_staff_checked_waits_no_more(method: VerificationMethod, kind: ConsentType) -> None:
    """Every type that parents are asked about can be verified by staff."""
    assert not waits_for_check(granted(kind, method=method.value), CHILD, NOW)
