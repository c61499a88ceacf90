"""Destroys rows that were approved: what must go before them first, then exactly those, and nothing that is new.

Runs of a policy and the deletion of one child's data both end here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from classwaves_admin.warehouse.outbox import removal
from retention import files
from retention.fates import Rule
from retention.models import Leftover, Run
from retention.queries.kept import Kept
from retention.queries.namers import named_by_others
from retention.queries.reach import GOES, judged
from retention.removing import MOST, before_removal
from retention.rules.prints import print_of

__all__ = ["FILE_LEFT", "NOT_ARCHIVED", "Grew", "Look", "Result", "destroy", "refuse_new"]

FILE_LEFT = "Their files could not be destroyed."
NOT_ARCHIVED = "They could not be put into the archive."


class Grew(Exception):
    """There are `unknown` rows that nobody has approved. Nothing of the slice was removed."""

    def __init__(self, unknown: int) -> None:
        super().__init__(f"{unknown} rows are new.")
        self.unknown = unknown


@dataclass(slots=True)
class Result:
    """What became of approved rows: `removed` now, `gone` before, and `stayed` by reason."""

    removed: int
    gone: int
    stayed: Counter[str]


@dataclass(slots=True)
class Look:
    """Sorts rows as they are at this moment. `bound` are ids that stay for `why_bound`, by no fault of their own.

    `seen` counts rows, `found` ids: an engine without keys may have two rows with one id.
    """

    prints: frozenset[bytes]
    reasons: Sequence[str]
    bound: Collection[str]
    why_bound: str
    seen: int = 0
    found: int = 0
    stayed: Counter[str] = field(default_factory=Counter)

    def going(self, found: Sequence[tuple[Any, ...]]) -> list[str]:
        """Return the ids that go, of rows given as id and, where there are reasons, what keeps each. Raises Grew."""
        known = [print_of(row[0]) for row in found]
        prints = set(known)
        pairs = found
        if not prints <= self.prints:
            prints &= self.prints
            pairs = [row for row, print_ in zip(found, known, strict=True) if print_ in self.prints]
            unknown = (row for row, print_ in zip(found, known, strict=True) if print_ not in self.prints)
            if number := sum(map(self._goes, unknown)):
                raise Grew(number)
        self.seen, self.found = len(pairs), len(prints)
        if not self.reasons and not self.bound:
            return [row[0] for row in pairs]
        self.stayed = Counter(self.reasons[row[1]] for row in pairs if self.reasons and row[1] != GOES)
        going = [row[0] for row in pairs if self._goes(row)]
        if bound := self.seen - self.stayed.total() - len(going):
            self.stayed[self.why_bound] = bound
        return going

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what to read of each row."""
        return ("pk", "stays") if self.reasons else ("pk",)

    def _goes(self, row: tuple[Any, ...]) -> bool:
        return (not self.reasons or row[1] == GOES) and row[0] not in self.bound


def destroy(
    *,
    run: Run,
    rule: Rule,
    rows: QuerySet[Any],
    prints: frozenset[bytes],
    kept: Kept,
    now: datetime,
    bound: Collection[str] = (),
    why_bound: str = "",
    by_age: bool = True,
    archived: Collection[str] | None = None,
    breath: removal.Breath | None = None,
) -> Result:
    """Destroy those of `rows` whose ids are among the prints and that nothing keeps now.

    `rows` is everything that the run may reach here, with `clock` where a clock rules it. Files go before the rows
    that name them; a row whose file is left stays, as a Leftover. `by_age` says that rows which never go by age stay.
    `archived` are ids that stand in the archive: only they leave, and their files stay with the archive.
    `breath` is left to other writers before the rows go. A second call changes nothing.

    Raises Grew, removal.ChangesWait, and Django's database errors.
    """
    told, reasons = judged(rule, rows, kept, by_age=by_age)
    look = Look(prints, reasons, bound, why_bound)
    ready = _made_ready(run, rule, told, look, now, archived)

    def choose(found: list[tuple[Any, ...]]) -> list[str]:
        going = look.going(found)
        return going if ready is None else [row_id for row_id in going if row_id in ready]

    removed = removal.remove(told.values_list(*look.columns), choose, breath)
    if left := look.seen - look.stayed.total() - removed:
        look.stayed[FILE_LEFT if archived is None else NOT_ARCHIVED] += left
    return Result(removed, len(prints) - look.found, look.stayed)


def refuse_new(rule: Rule, rows: QuerySet[Any], kept: Kept, *, bound: Collection[str]) -> None:
    """Look through rows none of which was approved, and raise Grew where one of them would go. Nobody waits for it."""
    told, reasons = judged(rule, rows, kept)
    look = Look(frozenset(), reasons, bound, "")
    look.going(list(told.values_list(*look.columns)))


def _made_ready(
    run: Run, rule: Rule, told: QuerySet[Any], look: Look, now: datetime, archived: Collection[str] | None
) -> Collection[str] | None:
    """Do what must be done before rows go, and return the ids of those that may; None where there is nothing to do."""
    hook = before_removal.of(rule.name)
    if hook is None and (archived is not None or not rule.file):
        return archived
    going = look.going(list(told.values_list(*look.columns)))
    if archived is not None:
        going = [row_id for row_id in going if row_id in archived]
    elif rule.file:
        going = _without_files(run, rule, going, now)
    for start in range(0, len(going), MOST):
        if hook:
            with transaction.atomic():
                hook(row_ids=going[start : start + MOST], now=now)
    return set(going)


def _without_files(run: Run, rule: Rule, going: Sequence[str], now: datetime) -> list[str]:
    """Destroy the files of rows and return the ids of those whose file is gone; the others become leftovers.

    A file that another row names too stays, with all rows that name it: that row may be held.
    """
    rows = rule.model._default_manager.order_by()
    paths: dict[str, str] = dict(rows.filter(pk__in=going).values_list("pk", rule.file))
    shared = named_by_others(rule, set(paths.values()), apart_from=paths.keys())
    left: dict[str, files.Left] = dict.fromkeys(shared, files.Left.OTHER_ROW)
    left |= files.destroy(path for path in paths.values() if path not in shared).left
    stay = {row_id: left[path] for row_id, path in paths.items() if path in left}
    with transaction.atomic():
        known = Leftover.objects.filter(run=run, table=rule.name, row_id__in=list(paths))
        known.delete()
        Leftover.objects.bulk_create(
            Leftover(run=run, table=rule.name, row_id=row_id, code=code.value, noted_at=now)
            for row_id, code in stay.items()
        )
    return [row_id for row_id in going if row_id in paths and row_id not in stay]
