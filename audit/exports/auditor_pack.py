"""The auditor pack: the ZIP of an export with the access audit of the same events printed beside it.

Of more events than a report prints it holds the cover alone, which says which file has them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from audit.actions import codes_of
from audit.exports.cover import make_cover
from audit.exports.formats import CONTENT_TYPES, Format
from audit.exports.kind import STEM
from audit.exports.maker import progress, question_of, write_some
from audit.exports.pack import Printed, pack_some, packed
from audit.exports.writing import State, path_of
from audit.making.kinds import Made, Part
from audit.models import Making
from audit.models.made import PICTURE
from audit.reports import access
from audit.reports.making import print_report
from audit.reports.scope import Frame, in_words
from audit.rules.reports import LongReport
from classwaves_admin.jobs.kinds import CannotGoOn, Progress

# The file that holds every event, whatever is printed.
TABLE = f"{STEM}.csv"


@dataclass(frozen=True, slots=True)
class Report:
    """The printed report: its files by format, and its pages."""

    files: dict[str, Path]
    rows: int
    pages: int

    @property
    def printed(self) -> list[Printed]:
        """Return the files that go into the pack."""
        rows = self.rows if "csv" in self.files else 0
        return [
            Printed(f"{access.STEM}.{form}", self.files[form], rows) for form in ("pdf", "csv") if form in self.files
        ]

    @property
    def table(self) -> str:
        """Return the name of the table whose hash stands on the cover."""
        return self.printed[1].name if "csv" in self.files else TABLE


def make_pack(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Write the rows, print them, pack all of it: the next portion of that. Raises CannotGoOn.

    The report has the rows of the other files or there is no pack.
    """
    question = question_of(making)
    state = State.load(workspace)
    if state is None or not state.checked:
        state = write_some(workspace, question)
        return progress(state, 0.0, 0.0)
    report = _report(workspace)
    if report is None:
        return progress(state, _print_some(making, workspace, state, now), 0.0)
    done = pack_some(workspace, state, question.about, now=now, printed=report.printed)
    if done is None:
        return progress(state, 1.0, packed(state, workspace, report.printed))
    path, _ = done
    return Made(
        [Part(Format.ZIP.value, path, CONTENT_TYPES[Format.ZIP]), Part(PICTURE, report.files[PICTURE], "image/png")],
        rows=state.rows,
        data_sha256=state.sums[report.table],  # as the cover of the report has it
        data_as_of=making.asked_at,
        pages=report.pages,
        told=codes_of(question.criteria),
    )


def gather(making: Making, now: datetime) -> LongReport:
    """Return the access audit of the events of the pack, as of its cut."""
    question = question_of(making)
    about = question.about
    frame = Frame(
        about.schools, in_words(making, about.schools), ZoneInfo(question.asked.zone), about.since, about.until
    )
    filters = f"Search: {about.query}" if about.query else "None: every event"
    return access.report_of(question.rows, frame, filters=filters, as_of=about.as_of)


def _print_some(making: Making, workspace: Path, state: State, now: datetime) -> float:
    """Print the next portion of the report, and note it once it is whole; return which part of it is printed."""
    folder = _folder(workspace)
    folder.mkdir(mode=0o700, exist_ok=True)
    if state.total > settings.REPORT_MOST_ROWS:
        _print_cover(making, workspace, state, now)
        return 1.0
    outcome = print_report(gather, making=making, workspace=folder, now=now)
    if isinstance(outcome, Progress):
        return outcome.done / outcome.total if outcome.total else 1.0
    if outcome.rows != state.rows:
        raise CannotGoOn("rows_changed")
    _note_whole(folder, {part.format: part.path.name for part in outcome.parts}, outcome.rows, outcome.pages)
    return 1.0


def _print_cover(making: Making, workspace: Path, state: State, now: datetime) -> None:
    """Print the cover alone, with the hash of the table that holds the events."""
    with (workspace / TABLE).open("rb") as table:
        state.sums[TABLE] = hashlib.file_digest(table, "sha256").hexdigest()
    state.save(workspace)
    document, picture, pages = make_cover(
        gather(making, now),
        making=making,
        lines=path_of(workspace, Format.JSONL),
        table=TABLE,
        sha256=state.sums[TABLE],
        folder=_folder(workspace),
        now=now,
    )
    _note_whole(_folder(workspace), {"pdf": document.name, PICTURE: picture.name}, state.rows, pages)


def _note_whole(folder: Path, files: dict[str, str], rows: int, pages: int) -> None:
    fresh = folder / "whole.new"
    fresh.write_text(json.dumps({"files": files, "rows": rows, "pages": pages}))
    fresh.replace(folder / "whole.json")


def _report(workspace: Path) -> Report | None:
    """Return the printed report, or None as long as it is not whole."""
    folder = _folder(workspace)
    whole = folder / "whole.json"
    if not whole.exists():
        return None
    kept = json.loads(whole.read_text())
    return Report({form: folder / name for form, name in kept["files"].items()}, kept["rows"], kept["pages"])


def _folder(workspace: Path) -> Path:
    return workspace / "report"
