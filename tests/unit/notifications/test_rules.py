"""The rules of mails, by table."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.notifications import rules
from classwaves_admin.notifications.models import State


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 4), (8, 128), (9, 240), (10, 240), (10_000, 240)]
)
def test_pauses_double_up_to_four_hours(attempts: int, minutes: int) -> None:
    """A server that greylists is asked again soon, one that is down for long is left alone."""
    assert rules.pause_after(attempts) == timedelta(minutes=minutes)


def test_every_state_has_its_sources_and_its_word_in_the_catalog() -> None:
    """No state is forgotten, and none that is final leads anywhere; a person lets one that failed wait again."""
    assert set(rules.SOURCES) == set(rules.CATALOG_STATUS) == set(State)
    assert [to for to, sources in rules.SOURCES.items() if State.FAILED in sources] == [State.QUEUED]
    final = {State.RETURNED, State.CANCELLED}
    assert {source for sources in rules.SOURCES.values() for source in sources} == set(State) - final


@pytest.mark.parametrize(
    "text", ["Hello\nBcc: x@evil.example", "Hello\r\nX: y", "a\u2028b", "a\x85b", "a\0b", " \n", "", "x" * 201]
)
def test_a_subject_that_is_not_one_line_is_refused_without_being_repeated(text: str) -> None:
    """Nobody adds a header through a school's or a child's name."""
    with pytest.raises(rules.UnsafeText) as refusal:
        rules.checked_subject(text)
    assert "evil" not in str(refusal.value)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=200))
def test_a_subject_of_any_script_passes(text: str) -> None:
    """Names come in every script."""
    assert rules.checked_subject(text + "\n") == text


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@home.example\nBcc: b@home.example", "A <a@home.example>", "a@home.example, b@home.example"],
)
def test_an_address_that_is_not_exactly_one_is_refused_without_being_repeated(address: str) -> None:
    """An address field holds one plain address."""
    with pytest.raises(rules.UnsafeText) as refusal:
        rules.checked_address(address)
    assert "home.example" not in str(refusal.value)


def test_texts_may_have_lines_but_no_other_control_characters() -> None:
    """A notice has paragraphs; a NUL or an escape has no place in it."""
    assert rules.checked_context({"notice": "one\ntwo\tthree\r\n"})
    with pytest.raises(rules.UnsafeText, match="'notice'"):
        rules.checked_context({"notice": "one\x1b[2J"})


def test_the_documentation_shows_the_states_as_they_are() -> None:
    """The diagram of docs/mail.md has the moves of the code, no more and no fewer."""
    text = (Path(__file__).parents[3] / "docs" / "mail.md").read_text(encoding="utf-8")
    drawn = {(source, target) for source, target in re.findall(r"^    (\w+) --> (\w+)$", text, re.MULTILINE)}
    assert drawn == {(source.value, target.value) for target, sources in rules.SOURCES.items() for source in sources}
