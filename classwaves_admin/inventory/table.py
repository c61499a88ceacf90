"""The inventory as a table for files: a line for every column of the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.inventory.queries.kept import Kept
from classwaves_admin.inventory.rules.lines import Entry
from classwaves_admin.inventory.rules.reading import words_of
from classwaves_admin.lib.safe_csv import Cell
from classwaves_admin.warehouse.inventory import Privacy, Retention

__all__ = ["HEADER", "SUBPROCESSORS_HEADER", "handlers", "rows", "subprocessor_rows"]

HEADER = (
    "Table",
    "Column",
    "Class",
    "Class in words",
    "Type",
    "What it holds",
    "What the table is for",
    "Destroyed after",
    "Days count",
    "Legal basis",
    "Who can read it",
    "Subprocessors",
    "Rows of the table",
)
SUBPROCESSORS_HEADER = ("Name", "What for", "Classes of data", "Where", "Since", "Until", "Agreement (DPA)")


def handlers(working: Sequence[Subprocessor]) -> dict[Privacy, list[str]]:
    """Return the names of those who handle each class of data today."""
    return {privacy: [one.name for one in working if privacy.value in one.classes] for privacy in Privacy}


def rows(
    found: Sequence[Entry],
    kept: Mapping[Retention, Kept],
    working: Sequence[Subprocessor],
    counts: Mapping[str, int],
) -> Iterator[Sequence[Cell]]:
    """Yield the lines."""
    by_class = handlers(working)
    for entry in found:
        stays = kept[entry.table.retention] if entry.table.retention else None
        who = words_of(entry.name)
        for column in entry.columns:
            yield (
                entry.name,
                column.name,
                column.privacy.value,
                column.class_words,
                column.type,
                column.holds,
                entry.purpose,
                stays.words if stays else entry.table.no_retention,
                stays.clock if stays else "",
                stays.basis if stays else "",
                who,
                ", ".join(by_class[column.privacy]),
                counts.get(entry.name),
            )


def subprocessor_rows(found: Sequence[Subprocessor]) -> Iterator[Sequence[Cell]]:
    """Yield a line for each subprocessor."""
    for one in found:
        yield (
            one.name,
            one.purpose,
            ", ".join(one.classes),
            one.location,
            one.since.isoformat(),
            one.until.isoformat() if one.until else "",
            one.agreement,
        )
