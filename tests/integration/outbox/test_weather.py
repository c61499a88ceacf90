"""A warehouse that refuses, freezes, then recovers: actions go on, everything arrives once and in order."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.installation import Installation

HERE = Path(__file__).parent
STATEMENT_SECONDS = 2


@pytest.mark.integration
@pytest.mark.postgres
@pytest.mark.slow
def test_bad_weather_delays_and_loses_nothing(postgres_url: str, tmp_path: Path) -> None:
    """People go on working while the warehouse is away; when it is back, order and number are right."""
    portal = Installation(tmp_path, warehouse=postgres_url, WAREHOUSE_STATEMENT_SECONDS=str(STATEMENT_SECONDS))
    portal.run("manage.py", "migrate", "--verbosity=0", "--database=warehouse")
    parts = urlsplit(postgres_url)
    server = [str(part) for part in (parts.hostname, parts.port, parts.path.removeprefix("/"), parts.username)]
    seen = portal.told(str(HERE / "weather.py"), *server)

    assert seen["refusing"] < 3, "a refused connection is noticed at once"
    assert seen["while resting"] < 0.5, "a warehouse that has just failed is left alone"
    assert seen["again clear"]["delivered"] == 4
    assert seen["frozen"] < STATEMENT_SECONDS + 9, "a frozen connection is cut"
    assert seen["still frozen"]["failed"]
    assert seen["waiting"] == seen["recovered"]["delivered"] == 2
    assert seen["messages"] == ["message-1", "message-2", "message-3", "message-4"]
    assert seen["events"] == ["1", "2", "3", "4"]
    assert seen["left"] == 0
