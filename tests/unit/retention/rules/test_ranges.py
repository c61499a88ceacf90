"""Parts of a file, as a player asks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.ranges import Part, Unsatisfiable, asked_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-", Part(0, 10)),
        ("bytes=0-3", Part(0, 4)),
        ("bytes=4-99", Part(4, 6)),
        ("bytes=-3", Part(7, 3)),
        ("bytes=-99", Part(0, 10)),
        ("bytes=9-9", Part(9, 1)),
        ("bytes=5-2", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
    ],
)
def test_one_range_is_read_and_anything_else_is_the_whole_file(header: str, part: Part | None) -> None:
    """Also what no browser sends."""
    assert asked_part(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_what_lies_behind_the_end_is_refused(header: str) -> None:
    """The answer is 416 then."""
    with pytest.raises(Unsatisfiable):
        asked_part(header, 10)


@given(st.text() | st.from_regex(r"bytes=\d{0,5}-\d{0,5}", fullmatch=True), st.integers(0, 5_000))
def test_a_part_always_lies_in_the_file(header: str, size: int) -> None:
    """Whatever is asked for."""
    try:
        part = asked_part(header, size)
    except Unsatisfiable:
        return
    if part:
        assert 0 <= part.first < part.first + part.length <= size
        assert part.header(size).endswith(f"/{size}")
