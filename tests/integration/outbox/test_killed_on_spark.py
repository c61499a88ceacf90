"""kill -9 of the process that delivers, between and within its statements, on the distributed engine."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.integration.outbox.killed_on_spark import EVENTS

SEED = int(os.environ.get("POWER_SEED") or random.randrange(1_000_000))
ALL = {"events": EVENTS, "messages": 1, "flag": 1, "entries": 0}


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_a_process_that_dies_in_delivery_loses_and_doubles_nothing(spark_catalog: str, tmp_path: Path) -> None:
    """Without transactions, too: what was committed arrives once, flags last, and a second delivery changes nothing."""
    portal = Installation(tmp_path, warehouse=spark_catalog, WAREHOUSE_STATEMENT_SECONDS="60")
    portal.run("manage.py", "catalog", "create")
    lines = portal.output("-m", "tests.integration.outbox.killed_on_spark", str(SEED))
    sys.stdout.write("\n".join([f"POWER_SEED={SEED}", *lines]))
    deaths = [json.loads(line) for line in lines]

    assert [death["at"] for death in deaths] == [1, 1, 2, 2, 3, 3, 4]
    assert [death["killed"] for death in deaths] == [True] * 6 + [False]
    for death in deaths:
        left = death["left"]
        assert left["flag"] <= left["messages"] <= left["events"] / EVENTS <= 1, f"out of order: {death}"
        assert death["recovered"] == death["replayed"] == ALL, death
