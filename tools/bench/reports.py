"""An accessible report of many rows against ReportLab's untagged LongTable of the same cells.

    python -m tools.bench.reports                         all figures, as `make bench-reports` prints them
    python -m tools.bench.reports ours|reportlab FOLDER   one run, as one JSON line

Ours is what the worker does with rows that are gathered: the record in parts on REPORT_PROCESSES processes, bound with
its cover as PDF/UA-1 with one structure tree and page x of y, and the picture of the first page. Gathering is told
apart: it reads the audit log and the names, writes the CSV file, and prints the cover. ReportLab has the same cells as
paragraphs, so that long words wrap, repeated headers and stripes: one process, no tags, no cover, no page count. Each
run is a process of its own, in turn; memory is the sum of what all its processes have for themselves (PSS), looked at
every fifth of a second.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from tools.bench.figures import Figure, shown, write
from tools.places import PYTHON, ROOT
from tools.terminal import say

ROUNDS = {1_000: 3, 5_000: 2, 20_000: 1}
BAR, MOST_MEGABYTES = 2.2, 500
STUDENTS, STAFF = 400, 30
BEGIN = datetime(2025, 8, 20, 14, tzinfo=UTC)
SCHOOL = "s-1"
WIDTHS = (17, 18, 20, 18, 16, 11)


def seed(rows: int) -> None:
    """Write a school and so many rows of the audit log into empty databases."""
    import django

    django.setup()
    from django.db import transaction

    from audit.events import EVENTS
    from classwaves_admin.tenancy.scope import system_scope
    from tests.factories import catalog as make

    chance, kinds = random.Random(1), list(EVENTS.values())  # noqa: S311 - the same rows in every run
    given = ("Maya", "Noah", "Zoë", "玛雅", "Ахмед", "Liam", "Ana")
    with system_scope(reason="bench"):
        school = make.school(pk=SCHOOL, name="Harbour Elementary School")
        make.setting(school=school, key="timezone", value="America/Denver")
        names = [f"{chance.choice(given)} {chance.choice('ABCDEF')}." for _ in range(STUDENTS)]
        students = [make.student(school=school, display_name=name).pk for name in names]
        staff = [make.teacher(school=school, name=f"{chance.choice(given)} Rivera").pk for _ in range(STAFF)]
        with transaction.atomic("warehouse"):
            for number in range(rows):
                event, concerned = chance.choice(kinds), chance.sample(students, chance.choice((0, 1, 1, 1, 2, 3)))
                make.audit_row(
                    school=school,
                    actor_id=chance.choice(staff),
                    actor_type=chance.choice(("admin", "teacher", "auditor")),
                    event_type=event.name,
                    event_category=event.category.value,
                    event_timestamp=BEGIN + timedelta(minutes=12 * number),
                    description=event.label,
                    ip_address=f"10.1.{chance.randrange(256)}.{chance.randrange(256)}",
                    compliance_basis=event.basis,
                    affected_student_ids=json.dumps(concerned) if concerned else None,
                )


def ours(folder: Path) -> dict[str, float]:
    """Make the report and return seconds of gathering and of printing, and pages."""
    import django

    django.setup()
    from audit.making.kinds import Made
    from audit.models import Making
    from audit.reports import access
    from audit.reports.making import make_report
    from classwaves_admin.lib.clock import now
    from classwaves_admin.tenancy.scope import inside

    making = Making(kind=access.KIND, school_id=SCHOOL, asked_as="School administrator")
    begun = time.monotonic()
    with inside(making.scope):
        make_report(making=making, workspace=folder, now=now())
        gathered = time.monotonic()
        while not isinstance(outcome := make_report(making=making, workspace=folder, now=now()), Made):
            pass
    return {"gathering": gathered - begun, "seconds": time.monotonic() - gathered, "pages": outcome.pages}


def reportlab(folder: Path) -> dict[str, float]:
    """Make a table of the cells that our run left in the folder."""
    from reportlab.lib import colors, pagesizes
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle

    with (folder / "rows.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines]
    begun = time.monotonic()
    style = ParagraphStyle("cell", fontName="Helvetica", fontSize=7.5, leading=9.75)
    cells: list[Any] = [["When", "Who", "What", "Students", "Basis", "From"]]
    cells += [[Paragraph(escape(cell), style) for cell in row] for row in rows]
    width = pagesizes.landscape(pagesizes.LETTER)[0] - 2 * 50.4
    table = LongTable(cells, colWidths=[width * part / 100 for part in WIDTHS], repeatRows=1)
    stripes = ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.whitesmoke])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), stripes]))
    document = SimpleDocTemplate(str(folder / "peer.pdf"), pagesize=pagesizes.landscape(pagesizes.LETTER))
    document.build([table])
    return {"seconds": time.monotonic() - begun, "pages": document.page}


def _run(name: str, folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Return what one run says, with the most memory that its processes had together."""
    command = [str(PYTHON), "-m", "tools.bench.reports", name, str(folder)]
    said, most = folder / f"{name}.said", 0.0
    with said.open("w") as out, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out) as process:
        while process.poll() is None:
            most = max(most, _megabytes(process.pid))
            time.sleep(0.2)
    found: dict[str, float] = json.loads(said.read_text().splitlines()[-1])
    return found | {"megabytes": most}


def _megabytes(pid: int) -> float:
    """Return what a process and those below it have for themselves, shared pages by their part."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    family, found = [pid], 0.0
    while family:
        one = family.pop()
        family += parents.get(one, [])
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return found


def _environment(var: Path) -> dict[str, str]:
    return os.environ | {
        "ENV_FILE": os.devnull,
        "CLASSWAVES_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "TOKEN_KEY": secrets.token_urlsafe(64),
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{var}/warehouse.sqlite3",
        "BROKER_URL": "memory://localhost",
        "LOG_LEVEL": "ERROR",
    }


def measure(rows: int) -> list[Figure]:
    """Return the figures of a report of so many rows."""
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        environment = _environment(here / "var")
        (here / "var").mkdir()
        for database in ("default", "warehouse"):
            command = [str(PYTHON), "manage.py", "migrate", "-v0", "--database", database]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        seeding = [str(PYTHON), "-m", "tools.bench.reports", "seed", str(rows)]
        subprocess.run(seeding, cwd=ROOT, env=environment, check=True)
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "reportlab": []}
        for number in range(ROUNDS[rows]):
            folder = here / f"run-{number}"
            folder.mkdir()
            for name, found in runs.items():
                found.append(_run(name, folder, environment))
            shutil.rmtree(folder)
    mine, peer = (
        {key: median(run[key] for run in several) for key in several[0]}
        for several in (runs["ours"], runs["reportlab"])
    )
    bars = rows == max(ROUNDS)
    return [
        Figure(
            f"PDF/UA-1 of {rows:,} rows, {mine['pages']:,.0f} pages",
            mine["seconds"],
            "s",
            peer["seconds"],
            BAR if bars else None,
            "lower",
        ),
        Figure("gathering its rows, CSV file and cover", mine["gathering"], "s", better="lower"),
        Figure("memory of all its processes", mine["megabytes"], "MB", bar=MOST_MEGABYTES, better="lower"),
        Figure("memory of ReportLab", peer["megabytes"], "MB", better="lower"),
    ]


def main() -> None:
    """Measure and keep the figures."""
    say("Printed reports, next to ReportLab's LongTable of the same cells:")
    write("reports", [figure for rows in ROUNDS for figure in shown(measure(rows))])


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "seed":
        seed(int(sys.argv[2]))
    else:
        print(json.dumps({"ours": ours, "reportlab": reportlab}[sys.argv[1]](Path(sys.argv[2]))))
