"""`make bench-audit`: the audit log's search beside Django's admin, on the same five million rows, in one run.

    .venv/bin/python -m tools.bench.audit [--rows 500000] [--times 21] [--postgresql] [--alone]

The rows are made once and kept in var/bench/audit; those of PostgreSQL last as long as its server. Each measure
asks the portal's whole page and the admin's in turn: A B A B, the portal many times, the admin once a turn, since
it takes many seconds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tools.bench.audit_rows import FOLDER, ROWS
from tools.bench.figures import shown, write
from tools.bench.server import postgres
from tools.terminal import say, speak

ROWS_ON_POSTGRESQL = 500_000


def main() -> None:
    """Read the command line and measure on one engine."""
    parser = argparse.ArgumentParser(prog="tools.bench.audit", description="Measure the search of the audit log.")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--times", type=int, default=21, help="how often the portal's page is asked in each turn")
    parser.add_argument("--build", action="store_true", help="make the rows and stop")
    parser.add_argument("--postgresql", action="store_true", help="measure on a PostgreSQL server of its own")
    parser.add_argument("--alone", action="store_true", help="ask the portal alone; nothing is written down")
    options = parser.parse_args()
    rows = options.rows or (ROWS_ON_POSTGRESQL if options.postgresql else ROWS)
    if not options.postgresql:
        folder = FOLDER / str(rows)
        measure(folder, f"sqlite:///{folder}/warehouse.sqlite3", rows, options)
        return
    with postgres() as base, tempfile.TemporaryDirectory() as name:
        if base:
            measure(Path(name), f"{base}/bench", rows, options)
        else:
            say("There is no PostgreSQL server on this machine.")


def measure(folder: Path, url: str, rows: int, options: argparse.Namespace) -> None:
    """Make the rows in the warehouse of the address where they are missing, measure, tell."""
    prepare(folder, url)
    from classwaves_admin.tenancy.scope import system_scope
    from tools.bench import audit_log, audit_search, audit_writes

    with system_scope(reason="bench"):
        if not audit_log.is_full(rows):
            audit_log.fill(folder, rows)
        if options.build:
            return
        figures = []
        if not options.postgresql:
            say("Writing, one row a transaction, with the index and without ...")
            figures = shown(audit_writes.measure())
    say(f"Searching {rows:,} rows ...")
    figures += audit_search.measure(options.times, admin=not options.alone)
    if not options.alone:
        write("audit_postgresql" if options.postgresql else "audit", figures)


def prepare(folder: Path, url: str) -> None:
    """Set the portal up with its own database in the folder and the warehouse of the address."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "tools.bench.audit_settings",
            "ENV_FILE": os.devnull,
            "CLASSWAVES_ENV": "test",
            "SECRET_KEY": "made-up-for-benches-" + "s" * 40,
            "TOKEN_KEY": "made-up-for-benches-" + "t" * 40,
            "PORTAL_URL": "http://127.0.0.1:8000",
            "BROKER_URL": "memory://",
            "LOG_LEVEL": "ERROR",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "WAREHOUSE_URL": url,
            "WAREHOUSE_STATEMENT_SECONDS": "600",
        }
    )
    import django
    from django.core.management import call_command

    django.setup()
    for database in ("default", "warehouse"):
        call_command("migrate", database=database, verbosity=0)


if __name__ == "__main__":
    speak(main)
