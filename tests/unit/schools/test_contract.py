"""The lines of a contract: what others wrote is shown and survives, what people type is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.schools.districts.contract import LONGEST_NAME, MOST_LINES, Line, lines_of, put_together

MESSY = {
    "": "no name",
    " spaced ": " words ",
    "two\nlines": "first\r\nsecond",
    "nothing": None,
    "empty": "",
    "Mark-up": "<b>&amp;</b>",
}


def as_sent(line: Line) -> Line:
    """Return a line as a browser sends it back: no newline in a name, CRLF in words."""
    name = line.name.replace("\r", "").replace("\n", "")
    return replace(line, name=name, words=line.words.replace("\r\n", "\n").replace("\n", "\r\n"))


NAMES = st.text("aB é<>&\"'日\u200b", max_size=4)
WORDS = st.none() | st.text('aé<&"日 \t\n\r\x00', max_size=6)


@given(st.dictionaries(NAMES, WORDS, max_size=5))
def test_what_nobody_touches_stays_to_the_letter(details: dict[str, str | None]) -> None:
    """A form that is sent as it was shown says what stood there, whatever that was: length for length."""
    again, lines = put_together([as_sent(line) for line in lines_of(details)], details)
    shown = {name: value for name, value in details.items() if name.strip() or (value or "").strip()}
    assert [line.fault for line in lines] == [""] * len(lines)
    assert (again or {}).keys() == shown.keys()
    for name, value in (again or {}).items():
        assert (value is None) == (shown[name] is None)
        assert value is None or len(value) == len(shown[name] or "")


def test_others_lines_survive_an_edit_beside_them() -> None:
    """One line is changed and one added: every other entry is the very same."""
    lines = [as_sent(line) for line in lines_of(MESSY)]
    edited = [replace(line, words="changed") if line.name == "empty" else line for line in lines]
    again, _ = put_together([*edited, Line("New", "one")], MESSY)
    assert again == MESSY | {"empty": "changed", "New": "one"}


@pytest.mark.parametrize("stored", [["a", "list"], "text", 7, {"number": 7, "deep": {"a": None}}])
def test_what_is_no_table_of_texts_is_shown_and_kept_as_text(stored: Any) -> None:
    """An engine without types can hold anything: it is shown as JSON, and kept as such once somebody saves."""
    lines = lines_of(stored)
    again, checked = put_together([as_sent(line) for line in lines], stored)
    assert [line.fault for line in checked] == [""] * len(lines)
    assert all(isinstance(value, str) for value in (again or {}).values())


def test_control_characters_never_reach_a_page_or_the_catalog() -> None:
    """NUL and halves of characters, which no engine but SQLite takes, become a sign that stands for them."""
    stored = {"a\x00b": "x\ud800y"}
    [line] = lines_of(stored)
    assert (line.name, line.words) == ("a\ufffdb", "x\ufffdy")
    assert put_together([line], stored)[0] == {"a\ufffdb": "x\ufffdy"}


def test_faults_name_their_line() -> None:
    """A line without a name, a name twice, a name that is too long; blank lines are left out."""
    lines = [Line("", "words"), Line("A", "1"), Line(" A ", "2"), Line("n" * (LONGEST_NAME + 1), "x"), Line(" ", "")]
    _, checked = put_together(lines, None)
    assert [bool(line.fault) for line in checked] == [True, False, True, True]
    _, many = put_together([Line(str(n), "x") for n in range(MOST_LINES + 1)], None)
    assert many[-1].fault


def test_nothing_said_is_no_map() -> None:
    """An empty form stores NULL, not an empty map."""
    assert put_together([Line()], None) == (None, [])
    [line] = lines_of({"a": "b"})
    assert put_together([replace(line, name="", words="")], {"a": "b"}) == (None, [])
