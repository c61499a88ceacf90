"""How many archived rows say anything about one child, before anything is done."""

from __future__ import annotations

from retention.archive import contents, masks
from retention.archive.damage import Damaged
from retention.fates import Fate, Rule
from retention.models import ArchiveFile, ArchiveState
from retention.queries.subjects import Parts

__all__ = ["archived_rows"]


def archived_rows(school_id: str, rule: Rule, parts: Parts) -> int:
    """Return how many rows of a table's archive files a child's deletion takes; files that are damaged are left out."""
    if {rule.alone.fate, rule.shared.fate} == {Fate.KEEP}:
        return 0
    files = ArchiveFile.objects.filter(school_id=school_id, table=rule.name).exclude(state=ArchiveState.DESTROYED)
    return sum(_rows_in(file, rule, parts) for file in files)


def _rows_in(file: ArchiveFile, rule: Rule, parts: Parts) -> int:
    try:
        rows = contents.read(file, masks.columns_of_people(rule))
    except Damaged:
        return 0
    alone = masks.about(rule, rows, parts, alone=True)
    fates = ((alone, rule.alone), (masks.shared(rule, rows, parts), rule.shared))
    return masks.count(masks.any_of(rows, (mask for mask, outcome in fates if outcome.fate is not Fate.KEEP)))
