"""Text that only the portal can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.sealed_text import Unreadable, seal, unseal


@given(st.text(st.characters(codec="utf-8")))
def test_sealed_text_comes_back_with_any_key_that_was_in_use(text: str) -> None:
    """The letters fit a URL, hide the text, are the same each time, and open with the former key too."""
    letters = seal(text, key="old", purpose="test")
    assert letters == seal(text, key="old", purpose="test")
    assert letters.replace("-", "").replace("_", "").isalnum()
    assert unseal(letters, keys=["new", "old"], purpose="test") == text


@given(st.text() | st.binary().map(lambda raw: raw.hex()))
def test_other_letters_are_refused(letters: str) -> None:
    """Nothing that was not sealed here opens, and nothing else is raised."""
    with pytest.raises(Unreadable):
        unseal(letters, keys=["key"], purpose="test")


def test_text_of_another_use_is_refused() -> None:
    """What was sealed for one purpose opens for no other."""
    with pytest.raises(Unreadable):
        unseal(seal("x", key="key", purpose="one"), keys=["key"], purpose="two")
