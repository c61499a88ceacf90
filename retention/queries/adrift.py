"""Rows to which no scope leads: their session is gone, or they never named one.

What they say of a child is the child's all the same. Other services write messages without a session, and the
catalog has no foreign keys that would keep a session.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from classwaves_admin.tenancy.scope import schools_in_scope, system_scope
from classwaves_admin.warehouse.inventory import table
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.fates import Clock

__all__ = ["in_scope_or_adrift", "moment_of"]


def in_scope_or_adrift(model: type[CatalogModel]) -> QuerySet[Any]:
    """Return the rows of a table in scope, and those that belong to no school at all."""
    schools, path = schools_in_scope(), table(model).school
    if schools is None or not path:
        found: QuerySet[Any] = model._default_manager.order_by()
        return found
    relation, _, column = path.rpartition("__")
    with system_scope(reason="no scope leads to rows of no school"):
        rows: QuerySet[Any] = model._default_manager.order_by()
        if not relation:
            return rows.filter(Q(**{f"{path}__in": schools}) | Q(**{f"{path}__isnull": True}))
        name, parents = _parents(model, relation)
        # Asked row by row: a list of all sessions of the schools would be made for each table.
        elsewhere = parents.filter(pk=OuterRef(name)).exclude(**{f"{column}__in": schools})
    return rows.filter(~Exists(elsewhere))


def moment_of(model: type[CatalogModel], clock: Clock) -> Combinable:
    """Return from when the days of a row run, as an expression that loses no row whose session is gone: there, null."""
    relation, _, column = clock.starts.rpartition("__") if isinstance(clock.starts, str) else ("", "", "")
    if not relation:
        return clock.expression
    name, parents = _parents(model, relation)
    return Subquery(parents.filter(pk=OuterRef(name)).order_by(column).values(column)[:1])


def _parents(model: type[CatalogModel], relation: str) -> tuple[str, QuerySet[Any]]:
    """Return the column that names the parent, and all parents."""
    column, parent = model.reference(relation)
    with system_scope(reason="no scope leads to rows of no school"):
        return column, parent._default_manager.order_by()
