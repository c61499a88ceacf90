"""One child's deletion on the distributed engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installation import Installation


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_one_childs_rows_go_and_it_is_proved(spark_catalog: str, tmp_path: Path) -> None:
    """As on SQLite: deleted, emptied, read again; the classmate's words, seat and insight stay."""
    portal = Installation(tmp_path, warehouse=spark_catalog, WAREHOUSE_STATEMENT_SECONDS="60")
    portal.run("manage.py", "catalog", "create")
    told = portal.told("-m", "tests.integration.retention.leaving", "lesson")
    assert (told["state"], told["stop"], told["completed"]) == ("done", {}, True)
    assert told["name"] == "Deleted student"
    assert told["left"] == {
        "sessions.transcriptions": 1,
        "sessions.participants": 1,
        "communication.messages": 0,
        "audio.recordings": 0,
        "ai_insights.educational_insights": 1,
    }
