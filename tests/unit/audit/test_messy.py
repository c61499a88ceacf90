"""Reading what other services wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.messy import at_school, pretty, student_ids, usable

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('["a", "b", "a"]', ["a", "b"]),
        ('"a"', ["a"]),
        ("[1, null, true, {}, []]", ["1"]),
        ("a,b; c", ["a", "b", "c"]),
        ("a", ["a"]),
        ("7", ["7"]),
        ("{'a': 1}", []),
        ("no ids", []),
        ('{"a": 1}', []),
        ("not a list at all, <b>really</b>", []),
        ('["\\ud800", "", "a\\u0000"]', []),
        (DEEP, []),
        ("", []),
        (None, []),
    ],
)
def test_ids_of_students_are_found_however_they_are_written(text: str | None, ids: list[str]) -> None:
    """A JSON list, one id and ids with commas are read; anything else gives none."""
    assert student_ids(text) == ids


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_any_text_can_be_shown_and_asked_for(text: str) -> None:
    """Whatever stands in a column, its ids can go into a query and its text onto a page."""
    assert all(usable(found) for found in student_ids(text))
    if usable(text):
        pretty(text).encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"b":1,"a":[2]}', '{\n  "b": 1,\n  "a": [\n    2\n  ]\n}'),
        ("plain words", "plain words"),
        ('["\\ud800é"]', '[\n  "\\ud800é"\n]'),
        (DEEP, DEEP),
        (None, ""),
    ],
)
def test_json_is_indented_and_other_text_stays(text: str | None, shown: str) -> None:
    """JSON is indented without losing a character; what is no JSON stays as it is."""
    assert pretty(text) == shown


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_edges_of_the_calendar_have_a_time(moment: datetime) -> None:
    """Times that no zone can express stay as they are."""
    for zone in ("Pacific/Kiritimati", "America/Adak"):
        at_school(moment, ZoneInfo(zone)).isoformat()
