"""Tokens that mail programs damaged are mended, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.tokens import TOKEN_LENGTH, new_token
from consent.rules.tokens import mended

TOKEN = "Ab0_" * 10 + "xY-"


def test_a_token_has_the_length_that_the_rule_expects() -> None:
    """The rule and the maker of tokens agree."""
    assert len(new_token()) == TOKEN_LENGTH == len(TOKEN)


@pytest.mark.parametrize(
    "damaged",
    [
        f"{TOKEN}.",
        f"{TOKEN}>",
        f"{TOKEN}),",
        f"<{TOKEN}",
        f"{TOKEN[:20]}\n{TOKEN[20:]}",
        f"{TOKEN[:20]}=\r\n{TOKEN[20:]}",
        f"{TOKEN[:20]}={TOKEN[20:]}",
        f"{TOKEN}=20",
        f"=3D{TOKEN}",
        f" {TOKEN} ",
        f"{TOKEN}\u200b",
        f"{TOKEN}”",
    ],
)
def test_what_a_mail_program_adds_is_taken_out(damaged: str) -> None:
    """Full stops, brackets, line breaks, quotes and quoted-printable do no harm."""
    assert mended(damaged) == TOKEN


@pytest.mark.parametrize("other", ["", ".", TOKEN[:-1], TOKEN + "x", f"{TOKEN[:-2]}.", "made-up-token"])
def test_a_token_that_was_cut_off_stays_as_it_is(other: str) -> None:
    """What is missing is never made up, and what is too long is never cut."""
    assert mended(other) == other


@given(st.text(max_size=80))
def test_mending_twice_is_mending_once(text: str) -> None:
    """Whatever comes in, a whole token or the same text comes out."""
    once = mended(text)
    assert mended(once) == once
    assert once == text or len(once) == TOKEN_LENGTH
