"""Everything that is held of one student, row by row, from the readers of the pages: what a copy of it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from classwaves_admin.lib import keyset
from retention.fates import Rule
from retention.queries.company import Around, around
from retention.queries.held import Pupil
from retention.queries.held_rows import rows_of, session_of
from retention.rules.held import moment_column, rules_about_students
from retention.rules.held_fields import Field, fields_of
from retention.rules.opening import Opening, opening

__all__ = ["Copied", "everything_of"]

PORTION = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """One row: what it says where it may be opened. `file` is the path of its file, where it may be played too."""

    id: str
    moment: datetime
    own: bool
    opening: Opening
    fields: tuple[Field, ...]
    file: str


def everything_of(pupil: Pupil) -> Iterator[tuple[Rule, Iterator[Copied]]]:
    """Yield each table with its rows, oldest first. A warehouse query for each table, portion and session: for a job.

    What others said and wrote is left out session by session, as on the pages.
    """
    known: dict[str | None, Around] = {}
    for rule in rules_about_students():
        yield rule, _copied(pupil, rule, known)


def _copied(pupil: Pupil, rule: Rule, known: dict[str | None, Around]) -> Iterator[Copied]:
    moment, cursor = moment_column(rule), ""
    while True:
        part = keyset.page(rows_of(pupil, rule), order=(moment, "id"), size=PORTION, cursor=cursor)
        for row in part.rows:
            session = session_of(row)
            if session not in known:
                known[session] = around(pupil, [session])
            yield _one(pupil, rule, row, getattr(row, moment), known[session])
        if not part.next:
            return
        cursor = part.next


def _one(pupil: Pupil, rule: Rule, row: Any, moment: datetime, there: Around) -> Copied:
    told = opening(rule, row, own=bool(row.own), parts=pupil.parts, company=there.company)
    fields = fields_of(rule, row, pupil.parts, there.others) if told.may else ()
    file = getattr(row, rule.file) if rule.file and told.may else ""
    return Copied(row.pk, moment, bool(row.own), told, fields, file)
