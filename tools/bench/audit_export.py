r"""`make bench-audit-export`: a million rows of the audit log through the view, beside the engines' command lines.

    .venv/bin/python -m tools.bench.audit_export

The rows on SQLite are the last fifth of those of `make bench-audit`, by their period, next to `sqlite3 -csv`. On
PostgreSQL, where its server is installed, as many are made, next to `psql \copy`. All with the same WHERE and ORDER BY,
to nowhere, in turn. Ours is the whole of the view: search, count, cut, event in the log, formulas neutralised (one row
in fifty has one), SHA-256, bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from tools.bench.audit_rows import DAYS, FIRST, FOLDER
from tools.bench.audit_rows import ROWS as OF
from tools.bench.figures import Figure, forget_peak, peak_megabytes, shown, write
from tools.bench.server import postgres
from tools.places import PYTHON, ROOT
from tools.terminal import Trouble, say, speak

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
LOG = FOLDER / str(OF) / "warehouse.sqlite3"
BARS = {"sqlite": {"csv": 0.75, "parquet": 0.6}, "postgresql": {"csv": 0.9}}
LIMITS = {"sqlite": "sqlite3 -csv", "postgresql": r"psql \copy"}
FORMS = ("csv", "jsonl", "parquet")
MOST_MEGABYTES = 300
SELECT = (
    "SELECT * FROM {} WHERE event_timestamp >= '{}' AND event_timestamp < '{}' ORDER BY event_timestamp DESC, id DESC"
)
HTTP_OK = 200


def period() -> tuple[date, date]:
    """Return the first day of the rows and the first one after them. Raises Trouble for rows of no whole days."""
    days, rest = divmod(ROWS * DAYS, OF)
    if rest:
        raise Trouble(f"BENCH_ROWS must be whole days of {OF / DAYS:,.2f} rows: {OF // 5:,} is {DAYS // 5}.")
    end = FIRST.date() + timedelta(days=DAYS)
    return end - timedelta(days=days), end


def main() -> None:
    """Measure each engine that is installed and tell it."""
    first, end = period()
    if not shutil.which("sqlite3"):
        raise Trouble("sqlite3 is missing (Debian: apt install sqlite3).")
    subprocess.run([str(PYTHON), "-m", "tools.bench.audit", "--build"], cwd=ROOT, check=True)
    say(f"{ROWS:,} rows on SQLite ...")
    select = SELECT.format('"compliance.audit_log"', first, end)
    figures = shown(measure("sqlite", f"sqlite:///{LOG}", ["sqlite3", "-csv", str(LOG), select], first))
    with postgres() as base:
        if base:
            say(f"{ROWS:,} rows on PostgreSQL ...")
            url, first = f"{base}/bench", FIRST.date()
            one(url, "fill", first)
            limit = f"\\copy ({SELECT.format('compliance.audit_log', first, end)}) to stdout csv"
            figures += shown(measure("postgresql", url, ["psql", "-q", url, "-c", limit], first))
    write("audit_export", figures)


def measure(engine: str, url: str, limit: list[str], first: date) -> list[Figure]:
    """Return rows a second of each form next to the command line, and the peaks of memory; medians of some rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in ("limit", *FORMS)}
    peaks: dict[str, float] = {}
    for number in range(ROUNDS):
        for name in sorted(seconds, reverse=bool(number % 2)):
            if name == "limit":
                started = time.perf_counter()
                subprocess.run(limit, env=_in_utc(), check=True, stdout=subprocess.DEVNULL)
                seconds[name].append(time.perf_counter() - started)
                continue
            told = one(url, name, first)
            seconds[name].append(told["seconds"])
            peaks[name] = max(peaks.get(name, 0), told["megabytes"])
    speed = {name: ROWS / median(found) for name, found in seconds.items()}
    best = {name: ROWS / min(found) for name, found in seconds.items()}
    title, bars = LIMITS[engine], BARS[engine]
    return [
        *(
            Figure(f"{form}, {engine}, next to {title}", speed[form], "rows/s", speed["limit"], bars.get(form))
            for form in FORMS
        ),
        Figure(f"csv, {engine}, best round next to the best of {title}", best["csv"], "rows/s", best["limit"]),
        *(
            Figure(f"peak memory of {form}, {engine}", peak, "MB", bar=MOST_MEGABYTES, better="lower")
            for form, peak in sorted(peaks.items())
        ),
    ]


def _in_utc() -> dict[str, str]:
    return os.environ | {"PGTZ": "UTC"}


def one(url: str, way: str, first: date) -> dict[str, float]:
    """Run one way in a process of its own, so that its peak of memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PYTHON), "-m", "tools.bench.audit_export", way, str(first)]
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(Path(folder), url), check=True, stdout=subprocess.PIPE, text=True
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(folder: Path, url: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
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
        "EXPORT_AT_ONCE_ROWS": str(ROWS),
    }


def run(way: str, first: str) -> dict[str, float]:
    """Fill the warehouse, or export its rows from a day on through the view; return what that took."""
    import django
    from django.core.management import call_command

    django.setup()
    for database in ("default", "warehouse"):
        call_command("migrate", database=database, verbosity=0)
    return fill() if way == "fill" else export(way, first)


def fill() -> dict[str, float]:
    """Make as many rows in PostgreSQL, over the same two years."""
    from classwaves_admin.tenancy.scope import system_scope
    from tools.bench import audit_log

    with system_scope(reason="bench"), tempfile.TemporaryDirectory() as folder:
        audit_log.fill(Path(folder), ROWS)
    return {}


def export(form: str, first: str) -> dict[str, float]:
    """Export the rows from a day on through the view to its last byte."""
    from django.test import Client

    from tests.factories import people
    from tools.bench import audit_log
    from tools.bench.export import sign_in_again

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(people.over(*audit_log.schools(), email="bench@office.example"))
    sign_in_again(browser)
    browser.get("/audit/take-away/")  # as a person does; a process reads its thousand modules for its first page
    _, end = period()
    forget_peak()
    started = time.perf_counter()
    answer = browser.post("/audit/take-away/", {"form": form, "q": f"after:{first} before:{end}"})
    if answer.status_code != HTTP_OK:
        raise RuntimeError(f"The portal answered {answer.status_code}.")
    pieces: Iterator[bytes] = iter(answer.streaming_content)  # type: ignore[attr-defined]
    size = sum(len(piece) for piece in pieces)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": size, "megabytes": peak_megabytes()}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(sys.argv[1], sys.argv[2])))
    else:
        speak(main)
