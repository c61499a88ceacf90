"""How states look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from classwaves_admin.portal.navigation import ACCOUNT, SIDE
from classwaves_admin.portal.states import APPEARANCES, Tone, appearance

ICONS = Path("classwaves_admin/assets/public/img/icons.svg")


@pytest.mark.parametrize("state", APPEARANCES)
def test_every_state_has_a_shape_and_words(state: str) -> None:
    """No state is told by colour alone, and its icon exists."""
    look = appearance(state)
    assert str(look.words)
    assert f'id="{look.icon}"' in ICONS.read_text(encoding="utf-8")


def test_consent_states_differ_in_more_than_colour() -> None:
    """No two states of a consent have the same words."""
    states = ("active", "unverified", "pending", "refused", "revoked", "expired", "conflict", "not_asked")
    assert len({str(APPEARANCES[state].words) for state in states}) == len(states)


def test_an_unknown_state_is_shown_by_its_code() -> None:
    """Another service may write a state that we do not know."""
    look = appearance("half_way")
    assert (look.tone, look.words) == (Tone.NEUTRAL, "Half way")


def test_the_page_may_choose_words_and_tone() -> None:
    """The given words and tone win, and the icon follows the tone."""
    look = appearance("active", "Permitted", "bad")
    assert (look.words, look.tone, look.icon) == ("Permitted", Tone.BAD, "error")


def test_every_icon_of_the_pages_exists() -> None:
    """Each icon that a template or the navigation names is in the sprite."""
    sprite = set(re.findall(r'id="(\w+)"', ICONS.read_text(encoding="utf-8")))
    named = {page.icon for group in SIDE for page in group.pages} | {page.icon for page in ACCOUNT}
    for template in Path("templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        named |= set(re.findall(r'{% icon "(\w+)"', text)) | set(re.findall(r'\bicon="(\w+)"', text))
    assert named <= sprite
