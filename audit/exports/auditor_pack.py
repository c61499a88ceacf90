"""The auditor pack: the ZIP of an export with the access audit of the same events printed beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from audit.actions import codes_of
from audit.exports.formats import CONTENT_TYPES, Format
from audit.exports.maker import progress, question_of, write_some
from audit.exports.pack import Printed, pack_some, packed
from audit.exports.writing import State
from audit.making.kinds import Made, Part
from audit.models import Making
from audit.models.made import PICTURE
from audit.reports import access
from audit.reports.making import print_report
from audit.reports.scope import Frame, in_words
from audit.rules.reports import LongReport
from classwaves_admin.jobs.kinds import CannotGoOn, Progress


@dataclass(frozen=True, slots=True)
class Report:
    """The printed report: its files by format, and its pages."""

    files: dict[str, Path]
    rows: int
    pages: int

    @property
    def printed(self) -> list[Printed]:
        """Return the files that go into the pack."""
        return [Printed(f"{access.STEM}.{form}", self.files[form], self.rows) for form in ("pdf", "csv")]


def make_pack(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Write the rows, print them, pack all of it: the next portion of that. Raises CannotGoOn.

    The report has the rows of the other files or there is no pack.
    """
    question = question_of(making)
    state = State.load(workspace)
    if state is None or not state.checked:
        state = write_some(workspace, question)
        if state.total > settings.REPORT_MOST_ROWS:
            raise CannotGoOn("too_many_rows")
        return progress(state, 0.0, 0.0)
    report = _report(workspace)
    if report is None:
        return progress(state, _print_some(making, workspace, state, now), 0.0)
    done = pack_some(workspace, state, question.about, now=now, printed=report.printed)
    if done is None:
        return progress(state, 1.0, packed(state, workspace, report.printed))
    path, _ = done
    table = report.printed[1]
    return Made(
        [Part(Format.ZIP.value, path, CONTENT_TYPES[Format.ZIP]), Part(PICTURE, report.files[PICTURE], "image/png")],
        rows=state.rows,
        data_sha256=state.sums[table.name],  # as the cover of the report has it
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
    outcome = print_report(gather, making=making, workspace=folder, now=now)
    if isinstance(outcome, Progress):
        return outcome.done / outcome.total if outcome.total else 1.0
    if outcome.rows != state.rows:
        raise CannotGoOn("rows_changed")
    files = {part.format: part.path.name for part in outcome.parts}
    fresh = folder / "whole.new"
    fresh.write_text(json.dumps({"files": files, "rows": outcome.rows, "pages": outcome.pages}))
    fresh.replace(folder / "whole.json")
    return 1.0


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
