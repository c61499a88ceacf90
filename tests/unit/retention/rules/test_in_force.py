"""Which periods hold at a school, whoever wrote its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, LONGEST_DAYS, Periods
from retention.rules.in_force import Finding, InForce, Row, Source, Standard, in_force, unknown_kinds
from retention.rules.policies import most_days

MOMENT = datetime(2026, 9, 1, tzinfo=UTC)
KIND = Retention.TRANSCRIPTS


def row(**given_values: Any) -> Row:
    """Return a policy for transcripts."""
    values: dict[str, Any] = {
        "id": "p-1",
        "policy_type": "transcripts",
        "archive": None,
        "retain": 200,
        "delete": 300,
        "basis": "312.10",
        "auto_delete": True,
        "updated_at": MOMENT,
    }
    return Row(**values | given_values)


def held(*rows: Row, standard: Standard | None = None, under_13: bool = False) -> InForce:
    """Return what holds for transcripts."""
    return in_force(rows, {KIND: standard} if standard else {}, under_13=under_13)[KIND]


def test_a_school_without_a_row_has_the_default_and_a_finding() -> None:
    """Missing is never for ever, and never deletes by itself."""
    found = held()
    assert (found.source, found.periods, found.auto_delete) == (Source.DEFAULT, DEFAULTS[KIND].periods, False)
    assert found.findings == (Finding.MISSING,)


def test_a_districts_default_comes_before_the_portals() -> None:
    """It holds where the school has no row; by itself it deletes nothing."""
    standard = Standard(Periods(None, 100, 120), "board rule", auto_delete=True)
    found = held(standard=standard)
    assert (found.source, found.periods, found.auto_delete) == (Source.DISTRICT, standard.periods, False)
    assert found.findings == ()  # the school need not set one


def test_a_lock_comes_before_the_schools_row() -> None:
    """The district has decided; a row that says otherwise is a finding."""
    standard = Standard(Periods(None, 100, 120), "board rule", auto_delete=True, locked=True)
    found = held(row(), standard=standard)
    assert (found.source, found.periods, found.auto_delete) == (Source.LOCKED, standard.periods, True)
    assert found.findings == (Finding.NOT_AS_LOCKED,)
    assert held(row(retain=100, delete=120), standard=standard).findings == ()


@pytest.mark.parametrize(
    ("values", "periods", "findings"),
    [
        ({}, Periods(None, 200, 300), ()),
        ({"delete": None}, Periods(None, 200, 200), (Finding.NO_PERIOD,)),
        ({"delete": 0}, DEFAULTS[KIND].periods, (Finding.NO_PERIOD,)),
        ({"retain": None}, DEFAULTS[KIND].periods, (Finding.NO_PERIOD,)),
        ({"retain": -1}, DEFAULTS[KIND].periods, (Finding.NO_PERIOD,)),
        ({"delete": 99_999}, DEFAULTS[KIND].periods, (Finding.NO_PERIOD,)),
        ({"retain": 400}, Periods(None, 300, 300), (Finding.OUT_OF_ORDER,)),
        ({"archive": 250}, Periods(200, 200, 300), (Finding.OUT_OF_ORDER,)),
        ({"basis": " "}, Periods(None, 200, 300), (Finding.NO_BASIS,)),
    ],
)
def test_a_row_that_is_no_policy_is_found(
    values: dict[str, Any], periods: Periods, findings: tuple[Finding, ...]
) -> None:
    """Rows of other services are read by the sooner reading, or not at all."""
    found = held(row(**values))
    assert (found.periods, found.findings) == (periods, findings)


def test_the_newest_of_two_rows_holds() -> None:
    """Two rows of one kind are a finding."""
    older, newer = row(), row(id="p-0", delete=310, updated_at=MOMENT + timedelta(seconds=1))
    found = held(newer, older)
    assert (found.row, found.findings) == (newer, (Finding.DOUBLED,))


def test_children_under_13_shorten_what_holds() -> None:
    """A row from before they came rules no longer than their limit."""
    found = held(row(retain=400, delete=500), under_13=True)
    assert (found.periods, found.findings) == (Periods(None, 395, 395), (Finding.TOO_LONG,))


def test_a_kind_that_nobody_knows_is_shown() -> None:
    """It rules nothing, and is not lost from sight."""
    assert unknown_kinds([row(), row(policy_type="selfies")]) == [row(policy_type="selfies")]


ANY_DAYS = st.none() | st.integers(-10, 5000)
ROWS = st.lists(
    st.builds(
        row,
        id=st.text(max_size=3),
        policy_type=st.sampled_from([*Retention, "selfies", ""]),
        archive=ANY_DAYS,
        retain=ANY_DAYS,
        delete=ANY_DAYS,
        basis=st.text(max_size=3),
        auto_delete=st.booleans(),
        updated_at=st.datetimes(timezones=st.just(UTC)),
    ),
    max_size=8,
)
STANDARDS = st.dictionaries(
    st.sampled_from(Retention),
    st.builds(Standard, st.just(Periods(10, 20, 30)), st.text(max_size=3), st.booleans(), st.booleans()),
)


@given(ROWS, STANDARDS, st.booleans())
def test_every_kind_ends_whatever_the_rows_say(
    rows: list[Row], standards: dict[Retention, Standard], under_13: bool
) -> None:
    """No row of any service makes data stay without an end, or past the limit of children under 13."""
    found = in_force(rows, standards, under_13=under_13)
    assert found.keys() == set(Retention)
    for kind, one in found.items():
        periods = one.periods
        assert 1 <= (periods.archive or 1) <= periods.retain <= periods.delete
        assert periods.delete <= most_days(kind, under_13=under_13) <= LONGEST_DAYS
        if one.auto_delete:
            assert one.source in {Source.SCHOOL, Source.LOCKED}
