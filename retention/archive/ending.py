"""The end of archive files: destroyed when their days are over, first known to be gone, and then called destroyed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from retention import files
from retention.archive import contents, masks, recordings
from retention.archive.damage import Damaged
from retention.models import ArchiveFile, ArchiveState
from retention.queries.archive import destroyed_from
from retention.queries.kept import Kept, kept_at
from retention.queries.policies import policies_of
from retention.schedule import rule_named

__all__ = ["LEFT_ALONE", "Ended", "end_archives", "finish_former", "put_away", "sweep"]

# What no row names after so long was left by a process that died between file and row.
LEFT_ALONE = timedelta(hours=1)


@dataclass(slots=True)
class Ended:
    """Files whose days are over: `destroyed`, `kept` by a hold or an open request, and `left` for a fault."""

    destroyed: int = 0
    kept: int = 0
    left: int = 0


def end_archives(*, by: Actor, now: datetime) -> Ended:
    """Destroy the files of every school in scope whose days are over. A second run finds nothing more."""
    sweep(now=now)
    ended = Ended()
    there = ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED).order_by()
    for school_id in sorted(set(there.values_list("school_id", flat=True))):
        with inside(Scope(schools=(school_id,))):
            policies, kept = policies_of(school_id), kept_at(school_id)
            for file in there.filter(school_id=school_id).order_by("newest", "id"):
                if destroyed_from(file, policies) <= now:
                    _end(file, kept, ended, by, now)
    return ended


def put_away(file: ArchiveFile, *, by: Actor, now: datetime) -> files.Left | None:
    """Destroy a file with its manifest and the recordings that its rows name; return why it is left, if it is."""
    rule = rule_named(file.table)
    why = finish_former(file)
    if rule.file and not why:
        left = recordings.destroy_of(rule, contents.read(file, ["id", rule.file]))
        why = next(iter(left.values()), None)
    if not why:
        why = _destroy(file.name)
    with transaction.atomic():
        if why:
            file.left = why.value
            file.save(update_fields=["left"])
            return why
        file.state, file.destroyed_at, file.left = ArchiveState.DESTROYED, now, ""
        file.save(update_fields=["state", "destroyed_at", "left"])
        record(
            "retention.archive_destroyed",
            by=by,
            school_id=file.school_id,
            resource=("archive_file", file.id),
            data={"table": file.table, "month": file.month, "rows": file.rows, "run": file.run_id},
            at=now,
        )
    return None


def finish_former(file: ArchiveFile) -> files.Left | None:
    """Destroy the bytes that a file has replaced, where they may still be there; return why they are left."""
    if file.former and (why := _destroy(file.former)):
        return why
    if file.former:
        file.former = ""
        file.save(update_fields=["former"])
    return None


def sweep(*, now: datetime) -> int:
    """Delete files that no row names, once they are too old to be on their way; return how many."""
    storage = contents.place()
    known = {files.MARKER}
    with system_scope(reason="a file of any school may have a row"):
        there = list(ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED).values_list("name", "former"))
    for name in itertools.chain.from_iterable(there):
        known |= {name, contents.manifest_name(name)}
    lost = [name for name in _all_names(storage, "") if name not in known]
    old = [name for name in lost if storage.get_modified_time(name) <= now - LEFT_ALONE]
    return len(files.destroy(old, storage=files.ARCHIVE).gone)


def _end(file: ArchiveFile, kept: Kept, ended: Ended, by: Actor, now: datetime) -> None:
    rule = rule_named(file.table)
    try:
        rows = contents.read(file, masks.columns_of_people(rule))
        if masks.count(masks.kept_rows(file, rule, rows, kept)):
            ended.kept += 1
        elif put_away(file, by=by, now=now):
            ended.left += 1
        else:
            ended.destroyed += 1
    except Damaged:
        _end_damaged(file, kept, ended, by, now)


def _end_damaged(file: ArchiveFile, kept: Kept, ended: Ended, by: Actor, now: datetime) -> None:
    """Destroy a file that cannot be read, unless somebody may still ask for what is in it."""
    if kept.holds.holds or kept.asked_for:
        ended.kept += 1
        return
    rule = rule_named(file.table)
    if rule.file:  # the recordings that it named are not known any more
        ended.left += 1
        return
    why = put_away(file, by=by, now=now)
    ended.left, ended.destroyed = ended.left + bool(why), ended.destroyed + (not why)


def _destroy(name: str) -> files.Left | None:
    done = files.destroy([name, contents.manifest_name(name)], storage=files.ARCHIVE)
    return next(iter(done.left.values()), None)


def _all_names(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever archived
        return
    for name in names:
        yield f"{folder}/{name}" if folder else name
    for one in folders:
        yield from _all_names(storage, f"{folder}/{one}" if folder else one)
