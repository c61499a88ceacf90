"""How values of settings stand as text."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.schools.setting_kinds import Kind, NotOfKind, as_text, is_named, read_text

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30)
VALUES = st.one_of(
    st.tuples(st.just(Kind.BOOL), st.booleans()),
    st.tuples(st.just(Kind.INT), st.integers(-999_999_999, 999_999_999)),
    st.tuples(st.just(Kind.STRING), WORDS),
    st.tuples(st.just(Kind.ENUM), WORDS),
    st.tuples(st.just(Kind.JSON), st.dictionaries(WORDS, st.integers() | WORDS, max_size=5)),
    st.tuples(st.just(Kind.DURATION), st.timedeltas(timedelta(seconds=1), timedelta(days=9_999))),
    st.tuples(st.just(Kind.LIST), st.lists(st.integers(0, 400) | WORDS, max_size=9).map(tuple)),
)


@given(VALUES)
def test_what_is_written_is_read_again(pair: tuple[Kind, Any]) -> None:
    """Each value of each kind comes back as it was."""
    kind, value = pair
    assert read_text(kind, as_text(kind, value)) == value


@given(st.sampled_from(Kind), st.text(max_size=80) | st.none())
def test_any_text_gives_a_value_or_one_error(kind: Kind, text: str | None) -> None:
    """Other services write rows: no text of theirs makes reading fail in another way."""
    with contextlib.suppress(NotOfKind):
        read_text(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.BOOL, "perhaps"),
        (Kind.INT, "7.5"),
        (Kind.INT, "٣"),
        (Kind.INT, "9" * 30),
        (Kind.JSON, "{"),
        (Kind.JSON, "NaN"),
        (Kind.JSON, "[" * 3_000),
        (Kind.DURATION, "-PT1H"),
        (Kind.DURATION, "soon"),
        (Kind.EMAIL, "nobody"),
        (Kind.LIST, '[{"a": 1}]'),
        (Kind.STRING, "x" * 5_000),
        (Kind.STRING, "a\0b"),
    ],
)
def test_what_is_none_of_its_kind_is_refused(kind: Kind, text: str) -> None:
    """A wrong value is never taken for a right one."""
    with pytest.raises(NotOfKind):
        read_text(kind, text)


def test_words_of_other_services_name_the_same_kinds() -> None:
    """A row's type is read in the words that others use, and a wrong one is noticed."""
    assert is_named(Kind.BOOL, "Boolean")
    assert is_named(Kind.ENUM, "string")
    assert is_named(Kind.LIST, "json")
    assert not is_named(Kind.BOOL, "string")
    assert not is_named(Kind.INT, None)
