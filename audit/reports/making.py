"""Makes a long report in portions: gather the rows, print the cover and the parts, bind them."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pypdfium2
from django.conf import settings
from django.template.loader import render_to_string

from audit.making.kinds import Made, Part
from audit.models import Making
from audit.models.made import PICTURE
from audit.reports.printing import ROWS_A_PART, label, make_ready, parts_in, render_part, workers
from audit.reports.registry import gathers
from audit.rules.reports import LongReport, Tally
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.lib.digest import canonical_json
from classwaves_admin.lib.pdf_binding import bind
from classwaves_admin.lib.pdf_document import dress
from classwaves_admin.lib.pdf_sheaf import Dress, render
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK, neutral
from classwaves_admin.lib.without_gc import without_gc

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "pdf"
# A portion of printing; the job's progress is told after each.
PORTION_SECONDS = 15.0
# The picture is half as large as the page in points, times the density of today's screens.
_PICTURE_SCALE = 1.5

Gather = Callable[[Making, datetime], LongReport]


def make_report(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Make the report of the making's kind: the next portion of that."""
    return print_report(gathers(making.kind), making=making, workspace=workspace, now=now)


def print_report(gather: Gather, *, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Gather the rows first, then print for some seconds at a time, then bind."""
    facts_file = workspace / "facts.json"
    if not facts_file.exists():
        make_ready()
        facts = gathered(gather(making, now), making, workspace, now)
        return Progress(0, facts["rows"])
    facts = json.loads(facts_file.read_text())
    printed = print_some(workspace, facts)
    if printed < len(facts["places"]):
        return Progress(min(printed * facts["rows_a_part"], facts["rows"]), facts["rows"])
    return bound(workspace, facts)


def gathered(report: LongReport, making: Making, workspace: Path, now: datetime) -> dict[str, Any]:
    """Write the CSV file and the rows to be printed, and return the facts about them. Raises CannotGoOn.

    The hash of the data is that of the CSV file, so that who has it can take it without a program of ours.
    """
    tally = Tally(report.charts)
    places, rows = [], 0
    table, printed = workspace / "data.csv", workspace / "rows.jsonl"
    with table.open("w", encoding="utf-8", newline="") as data, printed.open("wb") as lines, without_gc():
        data.write(BYTE_ORDER_MARK)
        writer = csv.writer(data)
        writer.writerow(report.header)
        for row in tally.watch(report.rows):
            if rows % ROWS_A_PART == 0:
                places.append(lines.tell())
            writer.writerow([neutral(value) for value in row.values])
            lines.write(canonical_json(list(row.cells)) + b"\n")
            rows += 1
            if rows > settings.REPORT_MOST_ROWS:
                raise CannotGoOn("too_many_rows")
    with table.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    facts: dict[str, Any] = {
        "rows": rows,
        "sha256": digest,
        "as_of": report.as_of.isoformat(),
        "places": places,
        "rows_a_part": ROWS_A_PART,
        "columns": [[column.title, column.width, column.code] for column in report.columns],
        "print": {"title": report.title, "running": f"{report.title} · {report.about} · {report.period}"},
    }
    print_cover(report, making, tally, facts, workspace, now)
    (workspace / "facts.json").write_text(json.dumps(facts))
    return facts


def print_cover(
    report: LongReport, making: Making, tally: Tally, facts: dict[str, Any], workspace: Path, now: datetime
) -> None:
    """Print the cover with the summary as the first part. `facts` are the number of rows and the hash of the data."""
    first_day, last_day = tally.days or (None, None)
    context = {
        "report": report,
        "first_day": first_day,
        "last_day": last_day,
        "charts": tally.drawn(),
        "rows": facts["rows"],
        "sha256": facts["sha256"],
        "made": {"name": str(making.asked_by or "A former member of staff"), "role": making.asked_as, "at": now},
        "making": making,
    }
    html = render_to_string("pdf/long_report.html", context)
    worn = dress(TEMPLATES / "report.css", TEMPLATES / "long_report.css")
    render(html, worn, target=workspace / "0.part").save(workspace / "0.json")


def print_some(workspace: Path, facts: dict[str, Any]) -> int:
    """Print parts of the table for a portion's time; return how many are there, in order, by then."""
    parts = len(facts["places"])
    waiting = [number for number in range(1, parts + 1) if not (workspace / f"{number}.json").exists()]
    if waiting:
        _print(workspace, waiting, dress(TEMPLATES / "report_table.css"))
    return sum((workspace / f"{number}.json").exists() for number in range(1, parts + 1))


def _print(workspace: Path, numbers: list[int], worn: Dress) -> None:
    ends, waiting = time.monotonic() + PORTION_SECONDS, iter(numbers)
    with workers(min(settings.REPORT_PROCESSES, len(numbers))) as pool:

        def start(number: int) -> Future[None]:
            return pool.submit(render_part, workspace, number, worn)

        running = {start(number) for number in islice(waiting, settings.REPORT_PROCESSES)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                one.result()
            if time.monotonic() < ends:
                running |= {start(number) for number in islice(waiting, len(done))}


def bound(workspace: Path, facts: dict[str, Any]) -> Made:
    """Bind cover and parts, draw the first page, and return what was made."""
    document, picture = workspace / "report.pdf", workspace / "first.png"
    worn = dress(TEMPLATES / "report.css")
    pages = bind(parts_in(workspace, len(facts["places"])), label(worn), document)
    draw_first_page(document, picture)
    return Made(
        [
            Part("pdf", document, "application/pdf"),
            Part("csv", workspace / "data.csv", "text/csv; charset=utf-8"),
            Part(PICTURE, picture, "image/png"),
        ],
        rows=facts["rows"],
        data_sha256=facts["sha256"],
        data_as_of=datetime.fromisoformat(facts["as_of"]),
        pages=pages,
    )


def draw_first_page(document: Path, picture: Path) -> None:
    """Save the first page as a PNG."""
    with pypdfium2.PdfDocument(document) as pdf:
        pdf[0].render(scale=_PICTURE_SCALE).to_pil().save(picture, "PNG", optimize=True)
