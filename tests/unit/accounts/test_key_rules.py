"""Keys: how they are written, when they count, what a minute allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.accounts.keys.rules import (
    Allowance,
    KeyState,
    minute_of,
    new_secret,
    read_header,
    seconds_left,
    state_of_key,
)

NOW = datetime(2025, 3, 4, 15, 0, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_key_is_read_as_it_was_written() -> None:
    """The prefix tells keys apart and the token is 256 random bits; neither comes twice."""
    secrets = {str(new_secret()) for _ in range(200)}
    assert len(secrets) == 200
    for written in secrets:
        secret = read_header(f"Bearer {written}")
        assert secret is not None
        assert str(secret) == written
        assert len(secret.token) == 43
        assert secret.token not in repr(secret)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer cw_short_secret", "Bearer cw__", "cw_abcdefgh_" + "a" * 43],
)
def test_other_headers_hold_no_key(header: str) -> None:
    """Nothing is read into a header that is not ours."""
    assert read_header(header) is None


def test_the_scheme_is_read_in_any_case() -> None:
    """RFC 9110: names of schemes know no case."""
    secret = new_secret()
    assert read_header(f"bearer  {secret}") == secret


@given(st.text(max_size=200))
def test_no_header_breaks_the_reader(header: str) -> None:
    """Any text is a key or none."""
    secret = read_header(header)
    assert secret is None or str(secret) in header


@pytest.mark.parametrize(
    ("expires", "revoked", "state"),
    [
        (NOW + DAY, None, KeyState.ALIVE),
        (NOW, None, KeyState.EXPIRED),
        (NOW - DAY, None, KeyState.EXPIRED),
        (NOW + DAY, NOW - DAY, KeyState.REVOKED),
        (NOW - DAY, NOW - DAY, KeyState.REVOKED),
    ],
)
def test_when_a_key_counts(expires: datetime, revoked: datetime | None, state: KeyState) -> None:
    """A key counts until it is revoked or its last moment has come."""
    assert state_of_key(expires_at=expires, revoked_at=revoked, now=NOW) is state


def test_the_headers_of_a_minute() -> None:
    """They tell the limit, what is left and when it starts anew; Retry-After only where it is spent."""
    assert Allowance(120, 1, 40).headers() == {
        "RateLimit-Policy": '"key";q=120;w=60',
        "RateLimit": '"key";r=119;t=40',
    }
    assert not Allowance(120, 120, 40).is_spent
    spent = Allowance(120, 121, 40)
    assert spent.is_spent
    assert spent.headers()["Retry-After"] == "40"
    assert spent.headers()["RateLimit"] == '"key";r=0;t=40'


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_minute_ends_when_the_next_one_begins(moment: datetime) -> None:
    """Between one and sixty seconds are left, and then the number rises by one."""
    assert 1 <= seconds_left(moment) <= 60
    assert minute_of(moment + timedelta(seconds=seconds_left(moment))) == minute_of(moment) + 1
