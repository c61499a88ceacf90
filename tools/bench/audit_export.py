r"""`make bench-audit-export`: a million rows of the audit log through the view, beside the engines' command lines.

    .venv/bin/python -m tools.bench.audit_export

On SQLite next to `sqlite3 -csv`, on PostgreSQL, where its server is installed, next to `psql \copy`: the same SELECT,
written to nowhere, in turn. Ours is the whole of the view: search, count, cut, event in the log, formulas neutralised,
SHA-256, bytes. The rows are kept in var/bench for the next run.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.postgres import binaries, serve
from tools.bench.figures import Figure, shown, write
from tools.places import PYTHON, ROOT
from tools.terminal import say, speak

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BARS = {"sqlite": {"csv": 0.75, "parquet": 0.6}, "postgresql": {"csv": 0.9}}
LIMITS = {"sqlite": "sqlite3 -csv", "postgresql": r"psql \copy"}
FORMS = ("csv", "jsonl", "parquet")
MOST_MEGABYTES = 300
SELECT = "SELECT * FROM {} ORDER BY event_timestamp DESC, id DESC"


def main() -> None:
    """Measure each engine that is installed and tell it."""
    folder = ROOT / "var" / "bench" / "audit-export"
    folder.mkdir(parents=True, exist_ok=True)
    figures = []
    if shutil.which("sqlite3"):
        say(f"{ROWS:,} rows on SQLite ...")
        url = f"sqlite:///{folder}/warehouse.sqlite3"
        limit = ["sqlite3", "-csv", str(folder / "warehouse.sqlite3"), SELECT.format('"compliance.audit_log"')]
        figures += shown(measure("sqlite", url, limit))
    with postgres() as base:
        if base:
            say(f"{ROWS:,} rows on PostgreSQL ...")
            copy = rf"\copy ({SELECT.format('compliance.audit_log')}) to stdout csv"
            figures += shown(measure("postgresql", f"{base}/bench", ["psql", "-q", f"{base}/bench", "-c", copy]))
    write("audit_export", figures)


def measure(engine: str, url: str, limit: list[str]) -> list[Figure]:
    """Return rows a second of each form next to the command line, and the peaks of memory; medians of some rounds."""
    one(url, "fill")
    seconds: dict[str, list[float]] = {name: [] for name in ("limit", *FORMS)}
    peaks: dict[str, float] = {}
    for number in range(ROUNDS):
        for name in sorted(seconds, reverse=bool(number % 2)):
            if name == "limit":
                started = time.perf_counter()
                subprocess.run(limit, check=True, stdout=subprocess.DEVNULL)
                seconds[name].append(time.perf_counter() - started)
                continue
            told = one(url, name)
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


def one(url: str, way: str) -> dict[str, float]:
    """Run one way in a process of its own, so that its peak of memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PYTHON), "-m", "tools.bench.audit_export", way]
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


def run(way: str) -> dict[str, float]:
    """Fill the warehouse, or export from it through the view, and return what it took."""
    import django
    from django.core.management import call_command

    django.setup()
    for database in ("default", "warehouse"):
        call_command("migrate", database=database, verbosity=0)
    if way == "fill":
        return fill()
    from django.test import Client

    from tests.factories import people
    from tools.bench.export import sign_in_again

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(people.member("super_admin", email="bench@classwaves.example"))
    sign_in_again(browser)
    started = time.perf_counter()
    answer = browser.post("/audit/take-away/", {"form": way, "q": "before:2100-01-01"})
    pieces: Iterator[bytes] = iter(answer.streaming_content)  # type: ignore[attr-defined]
    size = sum(len(piece) for piece in pieces)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": size, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def fill() -> dict[str, float]:
    """Make the rows, where they are not there yet."""
    from classwaves_admin.tenancy.scope import EVERYTHING, inside
    from classwaves_admin.warehouse.models import AuditLog
    from tools.bench import log_rows

    with inside(EVERYTHING):
        there = AuditLog.objects.filter(id__startswith="01a20b7b-dd1f-").count()
    if there < ROWS:
        log_rows.fill(ROWS, first=there)
    return {"rows": ROWS}


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server in a folder of its own and give its URL; empty text where none is installed."""
    found = binaries()
    if found is None or not shutil.which("psql"):
        yield ""
        return
    with tempfile.TemporaryDirectory() as name:
        for server in serve(found, Path(name)):
            server.run("CREATE DATABASE bench")
            yield server.base


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(sys.argv[1])))
    else:
        speak(main)
