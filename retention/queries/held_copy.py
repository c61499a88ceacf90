"""Everything that is held of one student, row by row, from the readers of the pages: what a copy of it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from classwaves_admin.lib import keyset
from retention.fates import Rule
from retention.queries.company import Around, around
from retention.queries.held import Pupil
from retention.queries.held_rows import rows_of, session_of
from retention.rules.held import moment_column
from retention.rules.held_fields import Field, fields_of
from retention.rules.opening import Opening, opening

__all__ = ["Copied", "copied_page"]

# Each row may be of a session of its own, which is asked about.
PORTION = 100


@dataclass(frozen=True, slots=True)
class Copied:
    """One row: what it says where it may be opened. `file` is the path of its file, where it may be played too."""

    id: str
    moment: datetime
    own: bool
    opening: Opening
    fields: tuple[Field, ...]
    file: str


def copied_page(pupil: Pupil, rule: Rule, cursor: str, known: dict[str | None, Around]) -> tuple[list[Copied], str]:
    """Return a page of a table's rows, oldest first, and the cursor of the next.

    A warehouse query for it and for each new session: for a job. What others said and wrote is left out session by
    session, as on the pages. `known` remembers what stands around the sessions that were met. Raises BadCursor.
    """
    moment = moment_column(rule)
    part = keyset.page(rows_of(pupil, rule), order=(moment, "id"), size=PORTION, cursor=cursor)
    copied = []
    for row in part.rows:
        session = session_of(row)
        if session not in known:
            known[session] = around(pupil, [session])
        copied.append(_one(pupil, rule, row, getattr(row, moment), known[session]))
    return copied, part.next


def _one(pupil: Pupil, rule: Rule, row: Any, moment: datetime, there: Around) -> Copied:
    told = opening(rule, row, own=bool(row.own), parts=pupil.parts, company=there.company)
    fields = fields_of(rule, row, pupil.parts, there.others) if told.may else ()
    file = getattr(row, rule.file) if rule.file and told.may else ""
    return Copied(row.pk, moment, bool(row.own), told, fields, file)
