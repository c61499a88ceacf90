"""The rows of the audit log that benches share: how many, when, and where they are kept."""

from __future__ import annotations

from datetime import UTC, datetime

from tools.places import ROOT

FOLDER = ROOT / "var" / "bench" / "audit"
ROWS = 5_000_000
# They are evenly spread over so many days, each from this hour on.
DAYS, FIRST = 730, datetime(2024, 1, 1, 11, tzinfo=UTC)
