"""kill -9 in the middle of sealing: no row is sealed twice, none is skipped, and the chain is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.integration.audit.proof.sealing_killed import DAYS, ROWS, SCHOOLS

HERE = Path(__file__).parent


@pytest.mark.integration
@pytest.mark.slow
def test_kill_at_many_statements_seals_each_row_once(tmp_path: Path) -> None:
    """Wherever a process dies, the next one seals what is left; the verification finds nothing."""
    prepared = Installation(tmp_path / "prepared").folder
    work = Installation(tmp_path / "work", LOG_LEVEL="ERROR")
    lines = work.output(str(HERE / "sealing_killed.py"), str(prepared), str(work.folder))
    results = [json.loads(line) for line in lines]
    assert len(results) > 10, "sealing has more statements than this"
    assert [result["killed"] for result in results] == [True] * (len(results) - 1) + [False]
    rows = sorted(["late", *(f"{school}-{number}" for school in SCHOOLS for number in range(DAYS * ROWS))])
    for result in results:
        at = f"killed at {result['at']}"
        assert result["findings"] == [], at
        assert result["rows"] == rows, at
        assert result["events"] == [result["seals"], 1], f"{at}: seals and their events differ"
        assert result["entries"] == 0, at
