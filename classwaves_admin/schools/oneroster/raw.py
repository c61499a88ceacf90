"""The rows of a package as they stand in its files, in SQL: where they are checked against each other and sorted.

A package of a large district has more rows than should be in memory, so sorting and looking up is SQLite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classwaves_admin.schools.staging import Stage

_TABLES = """
CREATE TABLE raw.orgs (line INTEGER, id TEXT, leaving INTEGER, name TEXT, type TEXT, parent TEXT);
CREATE TABLE raw.users (line INTEGER, id TEXT, leaving INTEGER, enabled INTEGER, given TEXT, family TEXT, email TEXT,
    grade TEXT, primary_org TEXT, relation TEXT, language TEXT, role TEXT, org TEXT);
CREATE TABLE raw.roles (line INTEGER, id TEXT, leaving INTEGER, user TEXT, is_primary INTEGER, role TEXT, org TEXT);
CREATE TABLE raw.demographics (line INTEGER, id TEXT, leaving INTEGER, year INTEGER);
-- A user's orgs behind the first one, and whom the row names as agent.
CREATE TABLE raw.more_orgs (line INTEGER, user TEXT, org TEXT, rank INTEGER);
CREATE TABLE raw.agents (line INTEGER, user TEXT, agent TEXT);
-- Identifiers of rows that are left out: not missing, and not to be used.
CREATE TABLE raw.left_out (file TEXT, id TEXT, PRIMARY KEY (file, id)) WITHOUT ROWID;
-- Of files that are not used: identifiers, and where they point.
CREATE TABLE raw.unused (file TEXT, line INTEGER, id TEXT);
CREATE TABLE raw.unused_pointers (file TEXT, column TEXT, line INTEGER, id TEXT);
"""
INDEXES = """
CREATE INDEX raw.orgs_ix ON orgs (id);
CREATE INDEX raw.users_ix ON users (id);
CREATE INDEX raw.roles_ix ON roles (id);
CREATE INDEX raw.roles_user_ix ON roles (user);
CREATE INDEX raw.more_orgs_ix ON more_orgs (user);
CREATE INDEX raw.demographics_ix ON demographics (id);
CREATE INDEX raw.unused_ix ON unused (file, id);
CREATE INDEX raw.unused_pointers_ix ON unused_pointers (file, column);
"""
FILES = ("orgs", "users", "roles", "demographics")


@contextmanager
def raw_tables(stage: Stage, path: Path | None) -> Iterator[sqlite3.Connection]:
    """Attach the raw tables to a stage, in a file beside it that is gone at the end, or in memory."""
    aside = path.with_suffix(".raw") if path else None
    if aside is not None:
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600)
    db = stage.connection
    db.execute("COMMIT")
    db.execute("ATTACH ? AS raw", (str(aside or ":memory:"),))
    try:
        stage.run("PRAGMA raw.journal_mode = OFF; PRAGMA raw.synchronous = OFF;" + _TABLES)
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("DETACH raw")
        if aside is not None:
            aside.unlink(missing_ok=True)
    db.execute("BEGIN")
