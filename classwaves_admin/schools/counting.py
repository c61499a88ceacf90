"""Numbers of rows as columns of another query, so that one question to the catalog answers several."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery

__all__ = ["number_of"]


def number_of(rows: QuerySet[Any]) -> Subquery:
    """Return the number of rows as a column; NULL where the rows cannot be any."""
    counted = rows.order_by().annotate(number=Func(template="COUNT(*)", output_field=IntegerField()))
    return Subquery(counted.values("number"), output_field=IntegerField())
