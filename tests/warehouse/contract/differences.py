"""Every way in which the engines answer differently, with its reason. The tests assert each one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What each engine does, by its name, and why they differ."""

    reason: str
    sqlite: Any
    postgresql: Any
    spark: Any

    def on(self, engine: str) -> Any:
        """Return what is expected of an engine."""
        return getattr(self, engine)


DIFFERENCES = {
    "a second row with the same id": Difference(
        "A primary key of the catalog informs and is not enforced by Databricks; the gateway writes by id (MERGE).",
        sqlite="refused",
        postgresql="refused",
        spark="kept twice",
    ),
    "rolling back": Difference(
        "The warehouse has no transactions over several statements: hence the outbox.",
        sqlite="undone",
        postgresql="undone",
        spark="stays",
    ),
    "case of other scripts": Difference(
        "SQLite's LIKE folds the 26 letters of ASCII only; the others fold Unicode.",
        sqlite="told apart",
        postgresql="folded",
        spark="folded",
    ),
    "case in contains": Difference(
        "SQLite's LIKE never tells the case of ASCII letters apart, so contains finds what icontains finds.",
        sqlite="folded",
        postgresql="told apart",
        spark="told apart",
    ),
    "NULL in rising order": Difference(
        "SQL leaves the place of NULL to the engine; lists of the portal sort by columns that are never NULL.",
        sqlite="first",
        postgresql="last",
        spark="first",
    ),
    "NULL in a required column": Difference(
        "Every engine refuses it; they call it by different names.",
        sqlite="IntegrityError",
        postgresql="IntegrityError",
        spark="IntegrityError",
    ),
    "DISTINCT ON": Difference(
        "Only PostgreSQL has DISTINCT ON; the portal does not use it.",
        sqlite="unknown",
        postgresql="known",
        spark="unknown",
    ),
    "locking rows": Difference(
        "Only PostgreSQL locks rows; Django sends the others a plain SELECT. Rows of the catalog are never locked.",
        sqlite="not sent",
        postgresql="sent",
        spark="not sent",
    ),
}


def expected(what: str, engine: str) -> Any:
    """Return what `engine` is expected to do. Raises KeyError for what is not in the table."""
    return DIFFERENCES[what].on(engine)
