"""`make bench-warehouse`: what the portal's way to the distributed engine costs, on the local Spark warehouse.

    .venv/bin/python -m tools.bench.warehouse

Prints delivery against the bare connector, export against a bare loop, and the statements of each page. The
warehouse, the portal's database and their data are in a folder of their own, gone at the end.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import spark_environment
from tools.bench.figures import shown, write
from tools.places import ROOT, SPARK_PYTHON
from tools.terminal import Trouble, say, speak

SECONDS_TO_START = 90
# Spark gathers an answer of a million sorted rows before it sends the first.
MEMORY = "5g"


def main() -> None:
    """Measure everything and tell it."""
    spark_environment.ensure()
    with tempfile.TemporaryDirectory() as folder, running_warehouse(Path(folder)) as port:
        prepare(Path(folder), port)
        from classwaves_admin.tenancy.scope import system_scope
        from tests.factories import people
        from tools.bench import delivery, export, pages, rows

        say("Delivery and export ...")
        figures = shown(delivery.measure())
        rows.fill(export.ROWS)
        with system_scope(reason="bench"):
            admin = people.over(*rows.schools(), email="bench@office.example")
        figures += shown(export.measure(admin.pk))
        rows.empty()
        say("Statements of each page ...")
        with system_scope(reason="bench"):
            figures += shown(pages.measure())
        write("warehouse", figures)


@contextmanager
def running_warehouse(folder: Path) -> Iterator[int]:
    """Start the local warehouse and give its port. Raises Trouble where it does not start."""
    log = folder / "log"
    command = [
        SPARK_PYTHON,
        "-m",
        "tests.warehouse.local",
        "--dir",
        folder / "spark",
        "--port",
        "0",
        "--memory",
        MEMORY,
    ]
    command += ["--while-alive", str(os.getpid())]
    with log.open("w") as output:
        process = subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=output, stderr=output)
    try:
        yield _port(process, log)
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends and process.poll() is None:
        ready = [line for line in log.read_text().splitlines() if line.startswith("READY ")]
        if ready:
            return int(ready[0].split(":")[2].partition("/")[0])
        time.sleep(0.2)
    raise Trouble(f"The local warehouse did not start: {log.read_text()[-500:]}")


def prepare(folder: Path, port: int) -> None:
    """Set the portal up with databases in the folder and the warehouse at the port."""
    url = f"databricks://token:local@127.0.0.1:{port}/classwaves?http_path=/sql/1.0/warehouses/local&tls=off"
    os.environ.update(
        {
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
            # A busy machine sorts a million rows in more than the ten seconds of production.
            "WAREHOUSE_STATEMENT_SECONDS": "120",
            # All rows through the view, none in the background.
            "EXPORT_AT_ONCE_ROWS": "10000000",
        }
    )
    import django
    from django.core.management import call_command

    django.setup()
    say("Making the tables ...")
    for database in ("default", "warehouse"):
        call_command("migrate", database=database, verbosity=0)


if __name__ == "__main__":
    speak(main)
