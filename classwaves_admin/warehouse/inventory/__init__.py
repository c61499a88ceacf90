"""The data inventory: what every column holds, how long every table stays, whom every row is about.

Declared once, one module a schema. The student's copy, deletion, retention, NDPA Exhibit B and
`docs/data-inventory.md` all read it here.
"""

from __future__ import annotations

from collections.abc import Iterator

from classwaves_admin.warehouse.inventory import (
    admin,
    ai_insights,
    analytics,
    audio,
    communication,
    compliance,
    notifications,
    operational,
    sessions,
    users,
)
from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models._base import CatalogModel

__all__ = ["Link", "Privacy", "Retention", "Subject", "Table", "columns_of", "privacy_of", "table", "tables"]

# In the order of the catalog's own description.
_TABLES: tuple[Table, ...] = (
    *users.TABLES,
    *sessions.TABLES,
    *analytics.TABLES,
    *compliance.TABLES,
    *ai_insights.TABLES,
    *operational.TABLES,
    *admin.TABLES,
    *communication.TABLES,
    *audio.TABLES,
    *notifications.TABLES,
)
_BY_MODEL = {entry.model: entry for entry in _TABLES}


def tables(retention: Retention | None = None) -> Iterator[Table]:
    """Yield every table, or those of one retention category, in the order of the catalog."""
    return (entry for entry in _TABLES if retention is None or entry.retention is retention)


def table(model: type[CatalogModel]) -> Table:
    """Return what the inventory says of a model. Raises LookupError, with the way to mend it, where it says nothing."""
    try:
        return _BY_MODEL[model]
    except KeyError:
        name = model._meta.db_table
        raise LookupError(f"{name} is not in the data inventory: declare it in warehouse/inventory/.") from None


def privacy_of(model: type[CatalogModel], name: str) -> Privacy:
    """Return the class of a field, named by field or by column. Raises LookupError for an undeclared one."""
    column = next((str(f.column) for f in model._meta.concrete_fields if name in {f.name, f.column}), name)
    try:
        return table(model).privacy[column]
    except KeyError:
        where = f"{model._meta.db_table}.{column}"
        raise LookupError(f"{where} has no privacy class: add it in warehouse/inventory/.") from None


def columns_of(*classes: Privacy) -> Iterator[tuple[type[CatalogModel], str]]:
    """Yield (model, column) for every column that carries one of `classes`."""
    for entry in _TABLES:
        for column, privacy in entry.privacy.items():
            if privacy in classes:
                yield entry.model, column
