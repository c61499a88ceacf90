"""What every test stands on. See docs/development.md for the habits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

FROZEN_AT = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def frozen_now() -> Iterator[time_machine.Traveller]:
    """Stop the clock on Tuesday, 4 March 2025, 15:00 UTC; move it with `.shift(...)` or `.move_to(...)`."""
    with time_machine.travel(FROZEN_AT, tick=False) as traveller:
        yield traveller


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of this run's databases and files, once all workers have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ and (folder := os.environ.get("CLASSWAVES_TEST_VAR")):
        shutil.rmtree(folder, ignore_errors=True)
