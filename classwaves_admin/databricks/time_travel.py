"""Rows as a table held them at an earlier version or moment, for auditors.

    AuditLog.objects.as_of(41).filter(...)
    AuditLog.objects.as_of(datetime(2025, 3, 4, 15, tzinfo=UTC)).count()

Delta keeps the files of old versions for a while (7 days, unless the table says otherwise) and its log of
versions for longer; the sentence of NotSupportedError says what is no longer there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NoReturn, Self, TypeVar

from django.db import DatabaseError, NotSupportedError, connections
from django.db.models import Manager, Model, QuerySet
from django.db.models.sql.datastructures import BaseTable

__all__ = ["TimeTravelManager", "TimeTravelQuerySet", "gone"]

Row = TypeVar("Row", bound=Model, covariant=True)  # noqa: PLC0105 - django-stubs' own name is no better
Moment = int | datetime

_NO_ENGINE = "Only a Databricks warehouse keeps earlier versions of its tables; this one knows the newest alone."
_GONE = "The warehouse keeps no such version of the table: it is older than the history, or no version has that number."
_TODAY = "Nothing was written to the table since that moment: the rows of then are those of today."
# Delta's error classes, Spark's own words, and Iceberg's (the local warehouse).
_SENTENCES = (
    (re.compile("TIMESTAMP_GREATER_THAN|after the latest version available", re.IGNORECASE), _TODAY),
    (
        re.compile(
            "DELTA_VERSION_NOT_FOUND|VersionNotFound|TIMESTAMP_EARLIER_THAN|DELTA_CANNOT_RECONSTRUCT"
            "|cannot time travel|cannot find (a )?snapshot",
            re.IGNORECASE,
        ),
        _GONE,
    ),
)


class TimeTravelQuerySet(QuerySet[Row]):
    """A queryset that can look back."""

    def as_of(self, moment: Moment) -> Self:
        """Return the rows as they were at a version of the table, or at an aware moment.

        Give it before or after other methods: filters, order, counts and iteration keep it. Joined tables
        are read as they are now. Raises NotSupportedError on engines without history, here already where
        the engine is known, and for a version that is gone when the rows are read.
        """
        if not getattr(connections[self.db].features, "supports_time_travel", False):
            raise NotSupportedError(_NO_ENGINE)
        rows = self._chain()  # type: ignore[attr-defined]  # Django's own word for a copy
        alias = rows.query.get_initial_alias()
        table = rows.query.alias_map[alias]
        rows.query.alias_map[alias] = _TableAsOf(table.table_name, table.table_alias, _clause(moment))
        return rows  # type: ignore[no-any-return]

    def update(self, **values: Any) -> int:
        """Write, unless these are rows of the past."""
        self._refuse_the_past()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete, unless these are rows of the past."""
        self._refuse_the_past()
        return super().delete()

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]

    def _refuse_the_past(self) -> None:
        if any(isinstance(table, _TableAsOf) for table in self.query.alias_map.values()):
            raise NotSupportedError("The past can be read, not written.")


class TimeTravelManager(Manager[Row]):
    """A manager whose rows can be asked for as they were."""

    def get_queryset(self) -> TimeTravelQuerySet[Row]:
        """Return all rows."""
        return TimeTravelQuerySet(self.model, using=self._db)

    def as_of(self, moment: Moment) -> TimeTravelQuerySet[Row]:
        """Return the rows as they were: see `TimeTravelQuerySet.as_of`."""
        return self.get_queryset().all().as_of(moment)  # all() refuses where a scope is missing


class _TableAsOf(BaseTable):
    """The table of a query with its version behind the name."""

    def __init__(self, table_name: str, alias: str | None, clause: str) -> None:
        super().__init__(table_name, alias)
        self.clause = clause

    def as_databricks(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the name, the version and the alias."""
        name = compiler.quote_name_unless_alias(self.table_name)
        alias = "" if self.table_alias == self.table_name else f" {self.table_alias}"
        return f"{name} {self.clause}{alias}", []

    def as_sql(self, compiler: Any, connection: Any) -> NoReturn:
        """Refuse: a `using()` after `as_of()` led to an engine without history."""
        raise NotSupportedError(_NO_ENGINE)

    def relabeled_clone(self, change_map: dict[str | None, str]) -> _TableAsOf:
        """Return the same version under another alias."""
        return _TableAsOf(self.table_name, change_map.get(self.table_alias, self.table_alias), self.clause)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Two versions of a table are two tables."""
        return (*super().identity, self.clause)


def gone(error: DatabaseError) -> str:
    """Return a sentence for a person where the server says that a version is not kept; empty text otherwise."""
    return next((sentence for words, sentence in _SENTENCES if words.search(str(error))), "")


def _clause(moment: Moment) -> str:
    """Return the clause. Its value is no parameter: the server resolves the table before it binds them."""
    if isinstance(moment, datetime):
        if moment.utcoffset() is None:
            raise ValueError("Give a moment with its time zone.")
        return f"TIMESTAMP AS OF '{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
    if isinstance(moment, bool) or moment < 0:
        raise ValueError("A version is a number from 0.")
    return f"VERSION AS OF {int(moment):d}"
