from __future__ import annotations

import pytest

from tests.spark import Warehouse

pytestmark = pytest.mark.warehouse


def test_a_connection_opens(spark_warehouse: Warehouse) -> None:
    """The plain connector connects and reads a row."""
    assert [tuple(row) for row in spark_warehouse.run("SELECT 1, 'x'")] == [(1, "x")]
