"""The fields beside the box and the box say the same."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.address import parted
from audit.rules.fields import SHOWN, rewritten, shown
from audit.rules.language import Term, parse, written
from tests.unit.audit.test_language import terms as any_terms

SCHOOLS = {"h": "Harbour School", "n": "Harbour School North"}
NOTHING = dict.fromkeys(SHOWN, "")
ID = "01a21438-20e4-7174-8b6d-c98e7a7533e7"


@pytest.mark.parametrize(
    ("box", "fields"),
    [
        ("event:consent.* -event:x", {"event": "consent.*"}),
        ("event:a event:b", {}),
        ("school:h", {"school": "h"}),
        ('school:"Harbour School"', {"school": "h"}),
        ("school:Harbour", {}),
        ("on:2025-03-04", {"first": "2025-03-04", "last": "2025-03-04"}),
        ("after:2025-03-04 before:2025-03-06", {"first": "2025-03-04", "last": "2025-03-05"}),
        ("after:2025-03-04T10:00", {}),
        ("on:never before:0001-01-01", {}),
    ],
)
def test_fields_show_what_the_box_says(box: str, fields: dict[str, str]) -> None:
    """One value of a kind is shown; several, parts and excluded ones are left to the box."""
    assert shown(parse(box).terms, SCHOOLS) == NOTHING | fields


@pytest.mark.parametrize(
    ("box", "given_fields", "then"),
    [
        ("", {"event": "auth.*", "words": "rain"}, "event:auth.* rain"),
        ("rain event:a", {"event": "b"}, "rain event:b"),
        ("rain event:a", {"event": ""}, "rain"),
        ("event:a event:b", {"event": ""}, "event:a event:b"),
        ("student:x", {"student": "Maya R.", "actor": "rivera"}, 'student:x actor:rivera student:"Maya R."'),
        ("", {"school": "n"}, 'school:"Harbour School North"'),
        ("", {"first": "2025-03-04", "last": "2025-03-04"}, "on:2025-03-04"),
        ("on:2025-03-04", {"first": "2025-03-01", "last": "2025-03-04"}, "after:2025-03-01 before:2025-03-05"),
        ("after:2025-03-04T10:00", {"first": "", "last": ""}, "after:2025-03-04T10:00"),
        ("", {"last": "9999-12-31"}, ""),
    ],
)
def test_a_field_that_changed_writes_the_box(box: str, given_fields: dict[str, str], then: str) -> None:
    """What was touched replaces or adds; what was not touched leaves the box alone."""
    pieces = parse(box).terms
    assert written(rewritten(pieces, given_fields, pieces, SCHOOLS)) == then


@given(any_terms)
def test_fields_that_nobody_touched_change_nothing(pieces: list[Term]) -> None:
    """Sending the form as it was drawn gives the same search."""
    kept = tuple(dict.fromkeys(pieces))
    assert rewritten(kept, shown(kept, SCHOOLS), kept, SCHOOLS) == kept


@given(st.dates(date(1900, 1, 1), date(2199, 12, 30)), st.dates(date(1900, 1, 1), date(2199, 12, 30)))
def test_days_of_the_fields_come_back_from_the_box(one: date, other: date) -> None:
    """A first and a last day written into the box are the same days when the fields are drawn again."""
    days = {"first": str(min(one, other)), "last": str(max(one, other))}
    assert shown(rewritten((), days, (), SCHOOLS), SCHOOLS) == NOTHING | days


def test_nothing_typed_stands_open_in_an_address() -> None:
    """Codes, days and ids of the catalog stand open; words, names and network addresses do not."""
    text = f"event:a after:2025-03-04 student:{ID} -actor:{ID} resource:student/7 rain student:maya actor:root ip:10.*"
    plain, private = parted(parse(text).terms)
    assert written(plain) == f"event:a after:2025-03-04 student:{ID} -actor:{ID} resource:student/7"
    assert written(private) == "rain student:maya actor:root ip:10.*"
