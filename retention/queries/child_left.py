"""What is left of one child's data, read anew when its deletion has done everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.outbox.models import OutboxEntry
from retention.fates import Fate
from retention.models import Run
from retention.queries.child import child_rules, merged, parts_from_json, parts_now, tasks_of
from retention.queries.kept import kept_at
from retention.queries.reach import GOES, judged

__all__ = ["LeftOver", "changes_wait", "left_of_child"]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Rows that should be gone: `held` by reason, `files` whose file could not be destroyed, `new` for no reason."""

    held: Mapping[str, int]
    files: int
    new: int

    @property
    def nothing(self) -> bool:
        """Tell whether nothing is left."""
        return not (self.held or self.files or self.new)


def left_of_child(run: Run) -> LeftOver:
    """Look at every table again for rows about the child: as it was known when the run began, and as it is now."""
    parts = merged(parts_from_json(run.cursor["parts"]), parts_now(run.student_id))
    kept, held, files, new = kept_at(run.school_id), Counter[str](), 0, 0
    without_file = set(run.leftovers.values_list("table", "row_id"))
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
                    new += 1
    return LeftOver(dict(held), files, new)


def changes_wait() -> bool:
    """Tell whether a change of a table that can name a student has not reached the catalog yet."""
    tables = [rule.name for rule in child_rules() if {rule.alone.fate, rule.shared.fate} != {Fate.KEEP}]
    return OutboxEntry.objects.filter(table__in=tables).exists()
