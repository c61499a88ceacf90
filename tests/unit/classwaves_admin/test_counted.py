"""Numbers over a scope are counted for each page, or kept where that takes long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.core.cache import cache
from pytest_django import Settings

from classwaves_admin.tenancy.counted import Counted, counted
from classwaves_admin.tenancy.scope import EVERYTHING, Scope, inside

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def test_what_is_counted_fast_is_counted_for_every_page() -> None:
    """Nothing is kept of a school whose numbers come at once: its pages are always right."""
    numbers = count()
    with inside(EVERYTHING):
        assert counted("n", lambda: next(numbers), now=AT) == Counted(0, AT)
        assert counted("n", lambda: next(numbers), now=LATER) == Counted(1, LATER)


def test_what_takes_long_is_kept_for_its_scope(settings: Settings) -> None:
    """Kept numbers say of when they are; another scope and another name have their own; anew means anew."""
    settings.COUNTS_KEPT_FROM_SECONDS = 0
    numbers = count()
    with inside(Scope(schools=("s-1", "s-2"))):
        assert counted("n", lambda: next(numbers), now=AT) == Counted(0, AT)
        assert counted("n", lambda: next(numbers), now=LATER) == Counted(0, AT, kept=True)
        assert counted("m", lambda: next(numbers), now=LATER) == Counted(1, LATER)
    with inside(Scope(schools=("s-1",))):
        assert counted("n", lambda: next(numbers), now=LATER) == Counted(2, LATER)
    with inside(Scope(schools=("s-2", "s-1"))):
        assert counted("n", lambda: next(numbers), now=LATER, anew=True) == Counted(3, LATER)
        assert counted("n", lambda: next(numbers), now=LATER) == Counted(3, LATER, kept=True)


def test_numbers_that_come_fast_again_replace_kept_ones(settings: Settings) -> None:
    """Once counting takes no time, what was kept is forgotten."""
    settings.COUNTS_KEPT_FROM_SECONDS = 0
    with inside(EVERYTHING):
        counted("n", lambda: 1, now=AT)
        settings.COUNTS_KEPT_FROM_SECONDS = 3600
        assert counted("n", lambda: 2, now=LATER, anew=True) == Counted(2, LATER)
        assert counted("n", lambda: 3, now=LATER) == Counted(3, LATER)
