"""What every test stands on. See docs/development.md for the habits."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import hypothesis
import pyarrow as pa
import pytest
import time_machine
from django.core.files.storage import storages
from django.test import TransactionTestCase

from classwaves_admin.warehouse import guard
from retention.files import RECORDINGS, mark
from tests import spark
from tests.postgres import postgres_server, postgres_url
from tests.spark import own_spark, spark_catalog, spark_warehouse

__all__ = [
    "own_spark",
    "postgres_server",
    "postgres_url",
    "spark_catalog",
    "spark_warehouse",
]  # fixtures for every test

# For a long look by night: pytest --hypothesis-profile=thorough
hypothesis.settings.register_profile("thorough", max_examples=1_000)
# Where each example empties all tables of PostgreSQL, which takes a second.
hypothesis.settings.register_profile("few", max_examples=25)
# With the first value from Python Arrow imports pandas: half a second, which is no example's own time.
pa.array([""])
FROZEN_AT = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def frozen_now() -> Iterator[time_machine.Traveller]:
    """Stop the clock on Tuesday, 4 March 2025, 15:00 UTC; move it with `.shift(...)` or `.move_to(...)`."""
    with time_machine.travel(FROZEN_AT, tick=False) as traveller:
        yield traveller


def pytest_collection_finish() -> None:
    """Leave what lives to the end out of every search for garbage: some hundredths of the time of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of this run's databases and files, once all workers have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ and (folder := os.environ.get("CLASSWAVES_TEST_VAR")):
        spark.stop_shared()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _recordings_are_kept_here() -> None:
    """Make the folder of recordings one that has held files: there, a recording that is not found is gone."""
    mark(storages[RECORDINGS])


@pytest.fixture(autouse=True, scope="session")
def _emptying_the_catalog() -> Iterator[None]:
    """Let Django empty the 27 tables after a test that commits; the write guard refuses that to everyone else.

    Then it would make content types and permissions anew, which nothing here reads and which takes six times as long.
    """
    plain = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(case: TransactionTestCase) -> None:
        with guard.writing():
            plain(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_: None)
        yield
