"""Checks between files: each identifier once, and nothing that points nowhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from classwaves_admin.schools.faults import FaultList
from classwaves_admin.schools.oneroster.raw import FILES
from classwaves_admin.schools.oneroster.schema import Mode


@dataclass(frozen=True, slots=True)
class _Pointer:
    """A column that names a record of another file; `rows` selects line and identifier from the raw tables."""

    file: str
    column: str
    target: str
    rows: str


_POINTERS = (
    _Pointer("orgs", "parentSourcedId", "orgs", "SELECT line, parent AS id FROM raw.orgs"),
    _Pointer(
        "users",
        "orgSourcedIds",
        "orgs",
        "SELECT line, org AS id FROM raw.users UNION ALL SELECT line, org FROM raw.more_orgs",
    ),
    _Pointer("users", "primaryOrgSourcedId", "orgs", "SELECT line, primary_org AS id FROM raw.users"),
    _Pointer("users", "agentSourcedIds", "users", "SELECT line, agent AS id FROM raw.agents"),
    _Pointer("roles", "userSourcedId", "users", "SELECT line, user AS id FROM raw.roles"),
    _Pointer("roles", "orgSourcedId", "orgs", "SELECT line, org AS id FROM raw.roles"),
    _Pointer("demographics", "sourcedId", "users", "SELECT line, id FROM raw.demographics"),
)


def check_references(
    db: sqlite3.Connection, modes: dict[str, Mode], faults: FaultList, *, nameless: Iterable[str] = ()
) -> None:
    """Note a fault for each identifier that stands twice and each that points nowhere.

    A delta file holds changes only, so what it lacks may have come before. `nameless` are files with rows whose
    own identifier cannot be read: what seems to point nowhere may point to one of them, and is left out with it.
    """
    for name in FILES:
        _check_duplicates(db, name, faults)
    unreadable = frozenset(nameless)
    for pointer in _POINTERS:
        mode = modes.get(pointer.target, Mode.ABSENT)
        if mode is not Mode.DELTA and modes.get(pointer.file) is not Mode.DELTA:
            _check_pointer(db, pointer, faults, is_absent=mode is Mode.ABSENT, spared=pointer.target in unreadable)


def _check_duplicates(db: sqlite3.Connection, name: str, faults: FaultList) -> None:
    sql = (
        f"SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY id ORDER BY line) AS place FROM raw.{name}"  # noqa: S608 - our own names
        f" WHERE id IN (SELECT id FROM raw.{name} WHERE id <> '' GROUP BY id HAVING count(*) > 1)) WHERE place > 1"
        f" UNION SELECT line FROM raw.{name} WHERE id IN (SELECT id FROM raw.left_out WHERE file = '{name}')"
        " ORDER BY line"
    )
    for (line,) in db.execute(sql):
        message = "The sourcedId stands in an earlier row too."
        faults.add("reference.duplicate_sourced_id", f"{name}.csv", line, message)


def _check_pointer(
    db: sqlite3.Connection, pointer: _Pointer, faults: FaultList, *, is_absent: bool, spared: bool
) -> None:
    file = f"{pointer.file}.csv"
    if is_absent:
        sql = f"SELECT DISTINCT line FROM ({pointer.rows}) WHERE id <> '' ORDER BY line"  # noqa: S608
        code, message = "missing_target_file", f"{pointer.column} points to {pointer.target}.csv, which is missing."
    else:
        sql = (
            f"SELECT DISTINCT p.line FROM ({pointer.rows}) p WHERE p.id <> ''"  # noqa: S608
            f" AND NOT EXISTS (SELECT 1 FROM raw.{pointer.target} t WHERE t.id = p.id)"
            f" AND NOT EXISTS (SELECT 1 FROM raw.left_out l WHERE l.file = '{pointer.target}' AND l.id = p.id)"
            " ORDER BY p.line"
        )
        code, message = "missing_target_record", f"{pointer.column} points to a record that {pointer.target}.csv lacks."
    if spared:
        code, message = (
            "target_left_out",
            f"{pointer.column} may point to a row of {pointer.target}.csv that is left out.",
        )
    for (line,) in db.execute(sql):
        faults.add(f"reference.{code}", file, line, message)
