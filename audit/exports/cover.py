"""The cover of a pack whose events are too many to print: it sums them up and says which file holds them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from audit.models import Making
from audit.reports.making import TEMPLATES, draw_first_page, print_cover
from audit.reports.printing import label, make_ready, parts_in
from audit.rules.lines import event_label
from audit.rules.messy import at_school
from audit.rules.printed import printed
from audit.rules.reports import LongReport, Tally
from classwaves_admin.lib.pdf_binding import bind
from classwaves_admin.lib.pdf_document import dress

LEAD = (
    "Who saw or changed what in the records of the school. It may tell of what a court has sealed: it is for the "
    "office and its auditors."
)
LEGEND = (
    ("When", "The file has moments in UTC; the days above are those of the time zone that the cover names."),
    ("Who and whom", "The file has people and students by their ids, as the log has them, and no names."),
    ("Basis", "The ground in law on which it was done, as a code: FERPA is 34 CFR Part 99, COPPA is 16 CFR Part 312."),
    ("Columns", "Every one of the log. README.txt says how to read the files, and how to check them."),
)
# Rows are counted by the ten minutes they are of: every school's day begins with one.
_TEN_MINUTES = len("2025-03-03T15:0")


def make_cover(
    report: LongReport, *, making: Making, lines: Path, table: str, sha256: str, folder: Path, now: datetime
) -> tuple[Path, Path, int]:
    """Print the cover of the events in `lines`; return it, the picture of its first page, and its number of pages.

    `table` is the name of the file that holds them, and `sha256` its hash.
    """
    make_ready()
    tally, rows = _summed(report, lines)
    facts = {"rows": rows, "sha256": sha256}
    cover = replace(report, lead=LEAD, legend=LEGEND, rows_in=table)
    print_cover(cover, making, tally, facts, folder, now)
    document, picture = folder / "report.pdf", folder / "first.png"
    pages = bind(parts_in(folder, 0), label(dress(TEMPLATES / "report.css")), document)
    draw_first_page(document, picture)
    return document, picture, pages


def _summed(report: LongReport, lines: Path) -> tuple[Tally, int]:
    """Return the events counted for the two charts, by day and by what was done, and how many there are."""
    counted: Counter[tuple[str, str]] = Counter()
    with lines.open("rb") as file:
        for line in file:
            row = orjson.loads(line)
            counted[row["event_timestamp"][:_TEN_MINUTES], row["event_type"]] += 1
    tally = Tally(report.charts)
    for (moment, event), number in counted.items():
        at = datetime.fromisoformat(f"{moment}0").replace(tzinfo=UTC)
        tally.counters[0][at_school(at, report.zone).date()] += number
        tally.counters[1][printed(event_label(event))] += number
    return tally, counted.total()
