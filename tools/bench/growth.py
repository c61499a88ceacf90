"""`make bench-pages`: what each page of a district's office takes at the sample school and at 100 times as many rows.

    .venv/bin/python -m tools.bench.growth [times [page ...]]

Two portals stand side by side, each in a process and a folder of its own (tools/bench/office.py), and are asked for
each page in turn, so that a slow minute of the machine slows both: in the second the catalog has grown, and so has
what the portal keeps of guardians, requests, mails and jobs. Prints for each page, or for those that are named, the
milliseconds of both, their ratio (bar: 1.5) and the statements to either database; the worst stand last, and the pages
that were not asked are named. It never fails for a figure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench.consent import prepare
from tools.bench.figures import Figure, write
from tools.places import PYTHON, ROOT
from tools.terminal import Trouble, say, speak

TIMES, ROUNDS, CALLS, BAR = 100, 4, 4, 1.5


class Office(NamedTuple):
    """A portal that answers, and what it said of itself."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    def ask(self, page: str) -> dict[str, Any]:
        """Let it call a page some times."""
        print(page, CALLS, file=self.process.stdin, flush=True)
        return _line(self.process)


def main() -> None:
    """Measure everything and tell it."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    with tempfile.TemporaryDirectory() as name:
        os.environ["STAFF_MFA_REQUIRED"] = "false"  # else every page leads to the second factor
        sample, grown = Path(name) / "sample", Path(name) / "grown"
        sample.mkdir()
        prepare(sample, 25)
        _load_sample()
        shutil.copytree(sample, grown)
        say(f"Making {times} times as many rows ...")
        with _open(sample, 1) as small, _open(grown, times) as large:
            pages = sys.argv[2:] or small.told["pages"]
            if unknown := set(pages) - set(small.told["pages"]):
                raise Trouble(f"No page of the office has the name {', '.join(sorted(unknown))}.")
            figures = _measured(small, large, pages)
            if len(pages) == len(small.told["pages"]):
                write("pages", figures)


def _load_sample() -> None:
    from django.core.management import call_command
    from django.db import connections

    say("Loading the sample school ...")
    call_command("load_sample", verbosity=0)
    call_command("sample_signins", verbosity=0)
    connections.close_all()  # what was written is in the files that are copied


def _measured(small: Office, large: Office, pages: list[str]) -> list[Figure]:
    say(f"  {large.told['rows']:,} rows in both databases")
    say(f"Asking {len(pages)} pages; not {', '.join(small.told['silent'])} ...")
    found = []
    for page in pages:
        rounds = [(small.ask(page), large.ask(page)) for _ in range(ROUNDS)]
        before, after = (min(taken for one in side for taken in one["taken"]) for side in zip(*rounds, strict=True))
        figure = Figure(page, after, "ms", baseline=before, bar=BAR, better="lower")
        found.append((figure, rounds[0][1]["statements"]))
    found.sort(key=lambda pair: pair[0].ratio or 0)
    for figure, (own, catalog) in found:
        say(f"  {figure}; {own} and {catalog} statements")
    figures = [figure for figure, _ in found]
    missed = [figure for figure in figures if figure.verdict == "missed"]
    say(f"{len(missed)} of {len(figures)} pages take more than {BAR} times as long.")
    return figures


@contextmanager
def _open(folder: Path, times: int) -> Iterator[Office]:
    """Start a portal on the folder's databases, and end it."""
    command = [str(PYTHON), "-m", "tools.bench.office", str(folder), str(times)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Office(process, _line(process))
        finally:
            process.terminate()


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the next line of JSON; what else a program prints on its way is passed over."""
    for line in process.stdout or ():
        if line.startswith("{"):
            told: dict[str, Any] = json.loads(line)
            return told
    raise RuntimeError("An office has closed: see above.")


if __name__ == "__main__":
    speak(main)
