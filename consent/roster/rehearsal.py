"""Compares a staged roster with the rows that are there, and keeps the comparison beside the roster's own rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from classwaves_admin.schools.staging import Stage
from consent.models import RosterImport
from consent.models.rosters import RosterState
from consent.roster.changes import Told
from consent.roster.parts import Cursor, Plan
from consent.roster.tally import Tally

COMPARISON = """
CREATE TABLE IF NOT EXISTS told (number INTEGER PRIMARY KEY, part TEXT, school_id TEXT, kind TEXT, name TEXT,
    details TEXT);
CREATE INDEX IF NOT EXISTS told_ix ON told (school_id, kind, number);
CREATE INDEX IF NOT EXISTS told_part_ix ON told (part);
"""


def rehearse_part(roster_import: RosterImport, stage: Stage, *, now: datetime) -> bool:
    """Compare the next part and keep what it says; return whether it was the last one."""
    if not roster_import.cursor:
        stage.run(COMPARISON)
    cursor = Cursor.of(roster_import.cursor)
    part = Plan(stage, roster_import, now=now, tells=True).part(cursor)
    _keep(stage, json.dumps(cursor.data()), part.school_id or "", part.changes.told)
    expected = Tally.of(roster_import.expected)
    expected.add(part.changes.tally)
    roster_import.expected = expected.data()
    roster_import.cursor = part.next.data() if part.next else {}
    roster_import.done += part.people
    if part.next is None:
        roster_import.state, roster_import.done = RosterState.CHECKED, 0
    roster_import.save(update_fields=["expected", "cursor", "done", "state"])
    return part.next is None


def _keep(stage: Stage, part: str, school_id: str, told: Sequence[Told]) -> None:
    """Keep the lines of one part, in place of those of a run that died in it."""
    db = stage.connection
    db.execute("BEGIN IMMEDIATE")
    db.execute("DELETE FROM told WHERE part = ?", (part,))
    db.executemany(
        "INSERT INTO told (part, school_id, kind, name, details) VALUES (?, ?, ?, ?, ?)",
        [(part, school_id, one.kind, one.name, json.dumps(one.details)) for one in told],
    )
    db.execute("COMMIT")
