"""One child in the archive: what names the child there, and files written anew without the child's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Participant
from retention import files
from retention.archive import contents, masks, recordings
from retention.archive.damage import Damaged
from retention.archive.ending import finish_former, put_away, sweep
from retention.fates import Fate, Outcome, Rule
from retention.models import ArchiveFile, ArchiveState
from retention.queries.kept import Kept, kept_at
from retention.queries.subjects import Parts
from retention.schedule import SCHEDULE

__all__ = ["Erased", "without_student"]

_ANEW = "-anew.parquet"


@dataclass(slots=True)
class Erased:
    """What became of one child's archived rows: numbers by table, and by file why something is left.

    `removed` rows went, `blanked` ones lost what tells of the child, `kept` ones stay by a hold or an open request.
    """

    removed: Counter[str] = field(default_factory=Counter)
    blanked: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    left: dict[str, files.Left] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing that the schedule lets go is left of the child in the archive."""
        return not self.kept and not self.left


@dataclass(slots=True)
class _Plan:
    """What becomes of the rows of one file: three masks of which no two mark a row."""

    removed: pa.BooleanArray
    blanked: pa.BooleanArray
    kept: pa.BooleanArray


def without_student(*, school_id: str, student_id: str, parts: Parts, by: Actor, now: datetime) -> Erased:
    """Write each file anew that holds rows of a child, as the schedule says of one child's deletion.

    `parts` is what names the child, as it was before any of its seats went (queries/subjects.py). What a hold or an
    open request covers stays. The bytes before, and recordings that removed rows name, are known to be gone, or told as
    left. A second call goes on where the first one ended, and changes nothing more.
    """
    sweep(now=now)
    done, kept = Erased(), kept_at(school_id)
    for rule in sorted(SCHEDULE, key=lambda rule: rule.model is Participant):
        if {rule.alone.fate, rule.shared.fate} == {Fate.KEEP}:
            continue
        if rule.model is Participant and not done.is_whole:
            break  # the seats say which of the rows that are left are the child's
        for file in list(_files(school_id, rule.name)):
            try:
                why = finish_former(file) or _erase(file, rule, student_id, parts, kept, done, by=by, now=now)
            except Damaged:
                why = files.Left.DAMAGED
            if why:
                done.left[file.id] = why
    return done


def _files(school_id: str, table: str) -> Iterator[ArchiveFile]:
    rows = ArchiveFile.objects.filter(school_id=school_id, table=table).exclude(state=ArchiveState.DESTROYED)
    yield from rows.order_by("made_at", "id")


def _erase(
    file: ArchiveFile,
    rule: Rule,
    student_id: str,
    parts: Parts,
    kept: Kept,
    done: Erased,
    *,
    by: Actor,
    now: datetime,
) -> files.Left | None:
    """Erase a child from one file; return why something is left."""
    if not masks.count(masks.about(rule, contents.read(file, masks.columns_of_people(rule)), parts)):
        return None
    rows = contents.read(file)
    plan = _plan(file, rule, rows, parts, kept)
    why = _without_recordings(rule, rows, plan)
    _note(done.kept, file, plan.kept)
    if not masks.count(pc.or_(plan.removed, plan.blanked)):
        return why
    _write_anew(file, _blanked(rule, rows, plan).filter(pc.invert(plan.removed)), now)
    with transaction.atomic():
        file.save()
        record(
            "retention.archive_rewritten",
            by=by,
            school_id=file.school_id,
            resource=("archive_file", file.id),
            students=[student_id],
            data={
                "table": file.table,
                "removed": masks.count(plan.removed),
                "blanked": masks.count(plan.blanked),
                "run": file.run_id,
            },
            at=now,
        )
    _note(done.removed, file, plan.removed)
    _note(done.blanked, file, plan.blanked)
    return why or (put_away(file, by=by, now=now) if not file.rows else finish_former(file))


def _plan(file: ArchiveFile, rule: Rule, rows: pa.Table, parts: Parts, kept: Kept) -> _Plan:
    alone = masks.about(rule, rows, parts, alone=True)
    shared = pc.and_not(masks.shared(rule, rows, parts), alone)
    fates = ((alone, rule.alone), (shared, rule.shared))
    removed = masks.any_of(rows, (mask for mask, outcome in fates if outcome.fate is Fate.DELETE))
    blanked = masks.any_of(rows, (pc.and_(mask, _is_full(rows, outcome)) for mask, outcome in fates))
    stays = pc.and_(masks.kept_rows(file, rule, rows, kept), pc.or_(removed, blanked))
    return _Plan(pc.and_not(removed, stays), pc.and_not(blanked, stays), stays)


def _is_full(rows: pa.Table, outcome: Outcome) -> pa.BooleanArray:
    """Return in which rows a column is to be emptied that is not empty yet."""
    return masks.any_of(rows, (masks.differs(rows, name, value) for name, value in outcome.blanks.items()))


def _without_recordings(rule: Rule, rows: pa.Table, plan: _Plan) -> files.Left | None:
    """Destroy the files that removed rows name; rows whose file is left stay, and the reason is returned."""
    if not rule.file:
        return None
    left = recordings.destroy_of(rule, rows.filter(plan.removed))
    plan.removed = pc.and_not(plan.removed, masks.is_in(rows, "id", left))
    return next(iter(left.values()), None)


def _blanked(rule: Rule, rows: pa.Table, plan: _Plan) -> pa.Table:
    """Return the rows with the columns emptied that the schedule names."""
    for name, value in {**rule.alone.blanks, **rule.shared.blanks}.items():
        place = rows.column_names.index(name)
        kind = rows.schema.field(name)
        column = pc.if_else(plan.blanked, pa.scalar(value, kind.type), rows.column(name))
        rows = rows.set_column(place, kind, column)
    return rows


def _write_anew(file: ArchiveFile, rows: pa.Table, now: datetime) -> None:
    """Write the file under another name; the row is not saved yet. Raises Damaged."""
    file.former = file.name
    stem = file.name.removesuffix(".parquet").removesuffix(_ANEW.removesuffix(".parquet"))
    file.name = f"{stem}.parquet" if file.name.endswith(_ANEW) else f"{stem}{_ANEW}"
    file.rewritten_at = now
    contents.put(file, rows)


def _note(numbers: Counter[str], file: ArchiveFile, mask: pa.BooleanArray) -> None:
    if number := masks.count(mask):
        numbers[file.table] += number
