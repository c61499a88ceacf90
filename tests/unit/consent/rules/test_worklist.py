"""What of one student needs a person, by table; and what consents amounted to at an earlier moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.effective import Circumstances, effective, sides
from consent.rules.flags import Raised, flags_for
from consent.rules.gate import may_record
from consent.rules.past import as_of
from consent.rules.status import ConsentRow
from consent.rules.watch import Watch
from consent.rules.worklist import Matter, findings
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified
from tests.unit.consent.rules.test_histories import histories

ABOUT, WATCH = Circumstances(), Watch()
AUDIO, SERVICE, AI = ConsentType.AUDIO, ConsentType.SERVICE, ConsentType.AI
BOTH = [granted(SERVICE), granted(AUDIO)]
NOTHING = Raised(False, False, False)
ALL_UP = Raised(True, True, False)
SERVICE_UP = Raised(True, False, False)


@pytest.mark.parametrize(
    ("rows", "raised", "recorded", "found"),
    [
        pytest.param([], NOTHING, [], [], id="nothing, nothing"),
        pytest.param(BOTH, ALL_UP, [NOW], [], id="all is well"),
        pytest.param(BOTH, NOTHING, [], [Matter.DRIFT], id="a flag that fell by itself"),
        pytest.param([], ALL_UP, [], [Matter.DRIFT], id="a flag without a consent"),
        pytest.param([granted(AI), refused(AI)], NOTHING, [], [Matter.CONFLICT], id="two guardians"),
        pytest.param([unverified(consented_at=NOW - 7 * DAY)], NOTHING, [], [Matter.UNVERIFIED], id="a week is over"),
        pytest.param([unverified(consented_at=NOW - 6 * DAY)], NOTHING, [], [], id="six days"),
        pytest.param([granted(expires_at=NOW + 30 * DAY)], SERVICE_UP, [], [Matter.ENDING], id="30 days"),
        pytest.param([granted(expires_at=NOW + 31 * DAY)], SERVICE_UP, [], [], id="31 days"),
        pytest.param([refused(AUDIO)], NOTHING, [NOW - DAY], [Matter.RECORDED], id="recorded against a no"),
        pytest.param([], NOTHING, [NOW - DAY], [Matter.RECORDED], id="recorded and never asked"),
        pytest.param(BOTH, ALL_UP, [NOW - 11 * DAY], [Matter.RECORDED], id="recorded before the consent"),
        pytest.param(BOTH, ALL_UP, [NOW - 9.5 * DAY], [Matter.RECORDED], id="recorded before the second step"),
        pytest.param(
            [replace(row, revoked_at=NOW) for row in BOTH], NOTHING, [NOW - DAY], [], id="recorded, then withdrawn"
        ),
    ],
)
def test_what_needs_a_person(
    rows: list[ConsentRow], raised: Raised, recorded: list[object], found: list[Matter]
) -> None:
    """Each matter is found where it is one and nowhere else."""
    assert [one.matter for one in findings(rows, ABOUT, NOW, raised=raised, watch=WATCH, recorded_at=recorded)] == found  # type: ignore[arg-type]


def test_a_finding_says_since_when_and_about_what() -> None:
    """A disagreement began with the later answer, a consent that ends is told by its end, the first of several."""
    late = refused(AI, consented_at=NOW - DAY)
    (conflict,) = findings([granted(AI), late], ABOUT, NOW, raised=NOTHING, watch=WATCH)
    assert (conflict.since, conflict.types) == (NOW - DAY, (AI,))
    rows = [granted(SERVICE, expires_at=NOW + 9 * DAY), granted(AUDIO, expires_at=NOW + 5 * DAY)]
    (ending,) = findings(rows, ABOUT, NOW, raised=ALL_UP, watch=WATCH)
    assert (ending.since, ending.types) == (NOW + 5 * DAY, (SERVICE, AUDIO))


def test_the_office_says_from_when_on_it_looks() -> None:
    """A school that calls after three days, and wants to see an end a hundred days ahead, sees both."""
    rows = [unverified(AUDIO, consented_at=NOW - 3 * DAY), granted(SERVICE, expires_at=NOW + 100 * DAY)]
    watch = Watch(overdue_days=3, ends_soon_days=100)
    found = [one.matter for one in findings(rows, ABOUT, NOW, raised=SERVICE_UP, watch=watch)]
    assert found == [Matter.UNVERIFIED, Matter.ENDING]
    assert not list(findings(rows, ABOUT, NOW, raised=SERVICE_UP, watch=WATCH))


@given(histories, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=500)))
def test_the_past_does_not_know_the_future(rows: list[ConsentRow], ago: timedelta) -> None:
    """What the rows amounted to then follows from what had happened by then, whatever came later."""
    then = NOW - ago
    past = as_of(rows, then)
    assert all(row.consented_at <= then for row in past)
    assert all(row.revoked_at is None or row.revoked_at <= then for row in past)
    assert as_of(past, then) == past
    later = [granted(AUDIO, consented_at=then + DAY, verified_at=then + DAY), refused(consented_at=then + DAY)]
    assert as_of([*rows, *later], then) == past


@given(histories)
def test_right_flags_are_never_reported(rows: list[ConsentRow]) -> None:
    """Flags as the rules give them are no finding; any other flags are one."""
    right = flags_for(rows, ABOUT, NOW).raised
    matters = {one.matter for one in findings(rows, ABOUT, NOW, raised=right, watch=WATCH)}
    assert Matter.DRIFT not in matters
    wrong = right._replace(audio_recording_consent=not right.audio_recording_consent)
    assert Matter.DRIFT in {one.matter for one in findings(rows, ABOUT, NOW, raised=wrong, watch=WATCH)}


@given(histories, st.booleans())
def test_ending_one_side_settles_a_disagreement(rows: list[ConsentRow], consent_stands: bool) -> None:
    """Where guardians disagree each has a row; without the rows of one side nobody disagrees any more."""
    for kind in (SERVICE, AUDIO, AI):
        grants, refusals = sides(rows, kind, ABOUT, NOW)
        if effective(rows, kind, ABOUT, NOW).status is not EffectiveStatus.CONFLICT:
            assert not (grants and refusals)
            continue
        ended = {row.id for row in (refusals if consent_stands else grants)}
        after = [replace(row, revoked_at=NOW) if row.id in ended else row for row in rows]
        status = effective(after, kind, ABOUT, NOW).status
        assert status is (EffectiveStatus.ACTIVE if consent_stands else EffectiveStatus.REFUSED)
        if not consent_stands:
            assert not may_record(after, ABOUT, NOW) or kind is AI
