"""The words of the retention schedule: when a row's days start, what goes with it, what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import F, Q
from django.db.models.expressions import Combinable

from classwaves_admin.warehouse.models._base import CatalogModel


class Fate(StrEnum):
    """What becomes of a row.

    - `delete`: the row is destroyed, and its file with it.
    - `blank`: named columns are emptied, so that the rest tells of nobody.
    - `keep`: the row stays, for a reason that is stated.
    """

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Clock:
    """When the days of a row start: a column or an expression, and only for rows that meet `when`.

    Rows that do not meet it have no clock yet and are never due by age, for the reason in `else_kept`.
    """

    starts: str | Combinable
    when: Q = field(default_factory=Q)
    else_kept: str = ""

    @property
    def expression(self) -> Combinable:
        """Return the moment as an expression."""
        return F(self.starts) if isinstance(self.starts, str) else self.starts


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fate with what it needs: the values of emptied columns by name, or the reason to keep the row."""

    fate: Fate
    blanks: Mapping[str, str | bool | None] = field(default_factory=dict)
    reason: str = ""


DELETE = Outcome(Fate.DELETE)


def keep(reason: str) -> Outcome:
    """Return the fate of a row that stays, with the reason."""
    return Outcome(Fate.KEEP, reason=reason)


def blank(reason: str, **values: str | bool | None) -> Outcome:
    """Return the fate of a row whose columns are set to `values`; `reason` says why the rest stays."""
    return Outcome(Fate.BLANK, values, reason)


@dataclass(frozen=True, slots=True)
class Rule:
    """The fate of one table.

    `clock` is None for a table that no period rules. `by_age` is what the end of its period brings, `never_by_age`
    names rows that stay all the same with the reason. `goes_with` names the relations whose row takes this one
    along when it is destroyed, `stays_without` the others, with what becomes of the column; a row whose parent is gone
    is an orphan all the same where `orphan_without` names the relation.
    `alone` and `shared` are what one child's deletion brings to rows about that child alone, and to rows that
    other children share. `file` is the column that names a stored file.
    """

    model: type[CatalogModel]
    by_age: Outcome
    alone: Outcome
    shared: Outcome
    clock: Clock | None = None
    never_by_age: Mapping[str, Q] = field(default_factory=dict)
    goes_with: tuple[str, ...] = ()
    stays_without: Mapping[str, str] = field(default_factory=dict)
    orphan_without: tuple[str, ...] = ()
    file: str = ""

    @property
    def name(self) -> str:
        """Return `schema.table`."""
        return self.model._meta.db_table
