"""Sealing and verifying on the distributed engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installation import Installation
from tests.integration.audit.proof.sealing_on_spark import TEXTS


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_seals_and_findings_without_a_primary_key(spark_catalog: str, tmp_path: Path) -> None:
    """Rows of all sorts are sealed as they come back; a copy, a removed and an altered row are named, no erased one."""
    portal = Installation(tmp_path, warehouse=spark_catalog, WAREHOUSE_STATEMENT_SECONDS="60")
    portal.run("manage.py", "catalog", "create")
    assert portal.told("-m", "tests.integration.audit.proof.sealing_on_spark") == {
        "sealed": len(TEXTS),
        "after sealing": [["doubled", "hill-1"]],
        "after erasing": [["removed", "hill-1"]],
        "after a change": [["removed", "hill-1"], ["altered", "hill-4"]],
    }
