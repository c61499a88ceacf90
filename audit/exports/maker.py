"""Makes the file of a large search in the background."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from audit.actions import codes_of
from audit.exports.asked import Asked, rows_until
from audit.exports.formats import CONTENT_TYPES, Format
from audit.exports.pack import write_pack
from audit.exports.writing import RowsChanged, State, begin, check, path_of, whole_parquet, write_portion
from audit.making import kinds
from audit.making.kinds import Made, Part
from audit.models import Making
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import delivery

# What stands before the cut goes to the warehouse first: else it arrives between counting and reading.
_DELIVERY_SECONDS = 5.0


def make_export(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Write the next portion of the rows up to the moment of asking; at the end the file.

    Raises CannotGoOn where the rows are no longer those that were counted, or a part of the search is forgotten.
    """
    asked = Asked.from_making(making)
    if making.parameters[kinds.WITH_TYPED] and not asked.typed:
        raise CannotGoOn("search_forgotten")
    criteria = asked.criteria(dict(School.objects.values_list("pk", "name")))
    rows = rows_until(criteria, making.asked_at)
    state = State.load(workspace)
    if state is None:
        delivery.deliver(for_seconds=_DELIVERY_SECONDS)
        return Progress(0, begin(workspace, rows).total)
    try:
        if not state.ended:
            write_portion(workspace, state, rows, asked.form)
            return Progress(state.rows, state.total)
        check(state, rows)
    except RowsChanged:
        raise CannotGoOn("rows_changed") from None
    schools = [making.school_id] if making.school_id else making.reach
    path, sha256 = finished(workspace, state, asked, schools=schools, as_of=making.asked_at, now=now)
    part = Part(asked.form.value, path, CONTENT_TYPES[asked.form])
    return Made([part], rows=state.rows, data_sha256=sha256, data_as_of=making.asked_at, told=codes_of(criteria))


def finished(
    folder: Path, state: State, asked: Asked, *, schools: list[str] | None, as_of: datetime, now: datetime
) -> tuple[Path, str]:
    """Make the file of what was written; return it and the SHA-256 of its data."""
    if asked.form == Format.ZIP:
        return write_pack(folder, state, query=asked.query, schools=schools, as_of=as_of, now=now)
    if asked.form == Format.PARQUET:
        whole_parquet(folder, state)
    path = path_of(folder, asked.form)
    with path.open("rb") as file:
        return path, hashlib.file_digest(file, "sha256").hexdigest()
