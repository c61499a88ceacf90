"""The whole way once more, on a portal whose catalog is the local SQL warehouse: the same code, the same steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import test_path
from tests.browser.portal import PATIENCE_ON_SPARK, Portal, RunningPortal, manage
from tests.spark import Warehouse

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


@pytest.fixture(scope="module")
def portal(spark_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal with the sample school on a catalog of its own, in the place of the one on SQLite."""
    folder = tmp_path_factory.mktemp("portal-on-spark")
    url = spark_warehouse.make_catalog(f"browser_{folder.name.rpartition('-')[2]}_{folder.stat().st_ino}")
    running = RunningPortal(
        folder, patience=PATIENCE_ON_SPARK, warehouse=url, WAREHOUSE_STATEMENT_SECONDS=str(round(PATIENCE_ON_SPARK))
    )
    try:
        yield running.start()
    finally:
        running.stop()
        spark_warehouse.drop_catalog(url.partition("?")[0].rpartition("/")[2])


def test_from_asking_to_the_certificate_on_spark(portal: Portal, desktop: Page, phone: Page) -> None:
    """What is asked, answered, confirmed, logged and certified on SQLite is so on the distributed engine."""
    test_path.test_from_asking_to_the_certificate(portal, desktop, phone)
    manage(portal, "outbox", "deliver")
    assert "0 stuck" in manage(portal, "outbox", "status")
