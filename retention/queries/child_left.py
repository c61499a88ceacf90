"""What is left of one child's data, read anew when its deletion has done everything."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry
from retention.fates import Fate
from retention.models import Run
from retention.queries.child import child_rules, merged, parts_from_json, parts_now, tasks_of
from retention.queries.kept import kept_at
from retention.queries.reach import GOES, judged
from retention.queries.subjects import Parts

__all__ = ["ChangesWait", "LeftOver", "left_of_child"]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Rows that should be gone: `held` by reason, `files` whose file could not be destroyed, `new` for no reason."""

    held: dict[str, int]
    files: int
    new: int

    @property
    def nothing(self) -> bool:
        """Tell whether nothing is left."""
        return not (self.held or self.files or self.new)


class ChangesWait(RuntimeError):
    """A change of a row has not reached the catalog: until it has, nobody can say what is left there."""


def left_of_child(run: Run) -> LeftOver:
    """Look at every table again for rows about the child: as it was known when the run began, and as it is now.

    Raises ChangesWait.
    """
    parts = merged(parts_from_json(run.cursor["parts"]), parts_now(run.student_id))
    kept, held, files = kept_at(run.school_id), Counter[str](), 0
    without_file = set(run.leftovers.values_list("table", "row_id"))
    new: set[tuple[str, str]] = set()
    for rule in child_rules():
        for task in tasks_of(rule, parts):
            if task.fate is Fate.KEEP:
                continue
            rows, reasons = judged(rule, task.rows, kept, by_age=False)
            for row_id, stays in rows.values_list("pk", "stays"):
                if stays != GOES:
                    held[reasons[stays]] += 1
                elif (rule.name, row_id) in without_file:
                    files += 1
                else:
                    new.add((rule.name, row_id))
    _refuse_waiting(new, parts)
    return LeftOver(dict(held), files, len(new))


def _refuse_waiting(new: set[tuple[str, str]], parts: Parts) -> None:
    """Raise ChangesWait where the outbox has a change of such a row, or a row that would name the child."""
    names = [json.dumps(one) for subject in (Subject.STUDENT, Subject.PARTICIPANT) for one in parts[subject]]
    tables = {rule.name for rule in child_rules() if {rule.alone.fate, rule.shared.fate} != {Fate.KEEP}}
    for entry in OutboxEntry.objects.filter(table__in=tables):
        if not new.isdisjoint((entry.table, row_id) for row_id in entry.row_ids):
            raise ChangesWait("Changes of these rows wait in the outbox.")
        written = json.dumps(entry.payload)
        if entry.verb is not Operation.DELETE and any(name in written for name in names):
            raise ChangesWait("Rows that name the student wait in the outbox.")
