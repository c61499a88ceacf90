"""`make verify-databricks`: runs the checklist of docs/databricks.md on the warehouse that WAREHOUSE_URL names.

    python -m tools.verify [--yes]

Reads only. With --yes it also makes a schema of its own in the catalog, writes there, and removes it at the end;
the 27 tables are never written. Exit code 1 where a check fails.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence

import django
from django.db import DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tools.terminal import say
from tools.verify.outcome import Wrong

WIDTH = 46
Check = Callable[[BaseDatabaseWrapper], str]


def main() -> int:
    """Run the checks and print a line for each and a summary. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make verify-databricks", description="Check a real Databricks workspace.")
    parser.add_argument("--yes", action="store_true", help="also write, in a schema that is made and removed")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    django.setup()
    connection = connections["warehouse"]
    if connection.vendor != "databricks":
        say("WAREHOUSE_URL names no Databricks warehouse: see docs/databricks.md.")
        return 1
    say(f"{connection.settings_dict['HOST']}, catalog {connection.settings_dict['NAME']}")
    return run(connection, writes=options.yes)


def run(connection: BaseDatabaseWrapper, *, writes: bool) -> int:
    """Run all checks on this connection."""
    from tools.verify import reads  # models are there only after django.setup()
    from tools.verify.writes import Scratch

    done, failed = _all(connection, reads.CHECKS)
    scratch = Scratch(f"classwaves_verify_{secrets.token_hex(4)}")
    if not writes or reads.CHECKS[0][0] in failed:
        say(f"skipped  {len(scratch.checks)} checks that write: ARGS=--yes runs them in a schema of their own.")
        return _summary(done, failed, skipped=len(reads.CHECKS) - done + len(scratch.checks))
    try:
        written, refused = _all(connection, scratch.checks)
    finally:
        say(scratch.remove(connection))
    skipped = len(scratch.checks) - written
    return _summary(done + written, failed + refused, skipped=skipped)


def _all(connection: BaseDatabaseWrapper, checks: Sequence[tuple[str, Check]]) -> tuple[int, list[str]]:
    """Run the checks in their order, none where the first fails; give how many ran and which failed."""
    failed: list[str] = []
    for number, (name, check) in enumerate(checks, 1):
        start = time.perf_counter()
        try:
            words, mark = check(connection), "ok"
        except Wrong as wrong:
            words, mark = str(wrong), "FAILED"
        except (DatabaseError, InterfaceError) as error:
            words, mark = _of_error(error), "FAILED"
        say(f"{mark:<8} {name:<{WIDTH}} {time.perf_counter() - start:6.2f} s  {words}")
        if mark == "FAILED":
            failed.append(name)
            if number == 1:
                return 1, failed
    return len(checks), failed


def _of_error(error: Exception) -> str:
    from classwaves_admin.warehouse.trouble import explain

    trouble = explain(error)
    if trouble is None:
        return type(error).__name__
    query = f" (query {trouble.query_id})" if trouble.query_id else ""
    return f"{trouble.kind}: {trouble.operator}{query}"


def _summary(number: int, failed: list[str], *, skipped: int) -> int:
    rest = f", {skipped} skipped" if skipped else ""
    say(f"{number - len(failed)} of {number} checks passed{rest}.")
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
