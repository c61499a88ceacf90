"""Prints a long report: the cover, then tables of some hundred rows on as many processes as the settings allow."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from html import escape
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from classwaves_admin.lib.pdf_label import PageLabel
from classwaves_admin.lib.pdf_sheaf import Dress, Sheaf, render

# More rows in one document make a worker larger and no report faster.
ROWS_A_PART = 500
_SHELL = (
    '<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body data-running="{running}"></body></html>'
)


def label(dress: Dress) -> PageLabel:
    """Return how pages are numbered: at the foot, right, in the letters of the report."""
    font = next(path for name, path in dress.fonts.items() if name.endswith("PublicSans-SemiBold.ttf"))
    return PageLabel(Path(font), size=7.5, margin=50.4, baseline=40.5, colour=(0.294, 0.337, 0.325))


def table(columns: Sequence[Sequence[str | float]], rows: Sequence[Sequence[str]]) -> Element:
    """Return one part of the table. `columns` are (heading, width in percent, whether it holds codes)."""
    grid = Element("table")
    widths, heads = SubElement(grid, "colgroup"), SubElement(SubElement(grid, "thead"), "tr")
    marks: list[dict[str, str]] = []
    for title, width, code in columns:
        SubElement(widths, "col", style=f"width: {width}%")
        SubElement(heads, "th", {"scope": "col", "class": "h"}).text = str(title)
        marks.append({"class": "c"} if code else {})
    below = SubElement(grid, "tbody")
    for number, cells in enumerate(rows):
        line = SubElement(below, "tr", {"class": "e"} if number % 2 else {})
        for place, (cell, mark) in enumerate(zip(cells, marks, strict=True)):
            SubElement(line, "td" if place else "th", mark).text = cell
    return grid


def render_part(workspace: Path, number: int, dress: Dress) -> None:
    """Render the part with this number from what lies in the workspace. Runs in a process of its own."""
    facts = json.loads((workspace / "facts.json").read_text())
    with (workspace / "rows.jsonl").open(encoding="utf-8") as lines:
        lines.seek(facts["places"][number - 1])
        rows = [json.loads(line) for line in islice(lines, facts["rows_a_part"])]
    html = _SHELL.format(**{name: escape(words) for name, words in facts["print"].items()})
    grid = table(facts["columns"], rows)
    sheaf = render(html, dress, target=workspace / f"{number}.part", body=[grid])
    sheaf.save(workspace / f"{number}.tmp")
    (workspace / f"{number}.tmp").rename(workspace / f"{number}.json")  # it is there as soon as it is whole


def parts_in(workspace: Path, number: int) -> list[tuple[Sheaf, Path]]:
    """Return the cover and the first `number` parts of the table."""
    return [(Sheaf.load(workspace / f"{one}.json"), workspace / f"{one}.part") for one in range(number + 1)]


def make_ready() -> None:
    """Start the process that workers are forked from: it loads for a second, while the caller gathers rows."""
    _context()
    forkserver.ensure_running()


@contextmanager
def workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes that render, forked from one that has loaded what rendering needs and nothing else."""
    with ProcessPoolExecutor(number, mp_context=_context()) as pool:
        yield pool


def _context() -> BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["audit.reports.printing"])
    return context
