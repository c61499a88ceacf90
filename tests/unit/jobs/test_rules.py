"""How jobs move and wait."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.jobs.models import State
from classwaves_admin.jobs.rules import FIRST_PAUSE, LONGEST_PAUSE, SOURCES, pause_after

ENDS = (State.DONE, State.CANCELLED)
PAGE = Path(__file__).parents[3] / "docs" / "architecture.md"


def test_every_state_can_be_reached() -> None:
    """The table names each state once, and what is done or stopped by a person never moves again."""
    assert set(SOURCES) == set(State)
    assert not any(end in sources for end in ENDS for sources in SOURCES.values())


def test_the_picture_in_the_docs_is_the_table() -> None:
    """docs/architecture.md draws each move that a job may make, and no other."""
    picture = PAGE.read_text(encoding="utf-8").partition("stateDiagram-v2")[2].partition("```")[0]
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)$", picture, re.MULTILINE))
    assert drawn == {(source.value, target.value) for target, sources in SOURCES.items() for source in sources}


@given(st.integers(min_value=0, max_value=1_000))
def test_pauses_grow_and_are_bounded(attempts: int) -> None:
    """A fault is waited out longer each time, but never so long that nobody believes in the job."""
    assert FIRST_PAUSE <= pause_after(attempts) <= pause_after(attempts + 1) <= LONGEST_PAUSE
    assert pause_after(attempts) > timedelta(0)
