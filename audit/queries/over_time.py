"""How many rows of a search fall into each part of its period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connections
from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Value

from audit.queries.counting import counted
from audit.queries.indexed import WAREHOUSE, rows_of
from audit.rules.criteria import Criteria
from audit.rules.over_time import Part
from classwaves_admin.warehouse.models import AuditLog


def counts(criteria: Criteria, parts: Sequence[Part]) -> list[int]:
    """Return the number of rows in each part, in the order of the parts, which follow one another. One warehouse query.

    The search stands in the statement once, whatever the number of parts: Databricks takes 255 parameters.
    """
    at_once = counted(criteria, [(part.start, part.end) for part in parts])
    if at_once is not None:
        return at_once
    rows = rows_of(replace(criteria, since=parts[0].start, until=parts[-1].end))
    if connections[WAREHOUSE].vendor == "postgresql" and len(parts) > 1:
        return _in_places(rows, parts)
    names = [f"part_{number}" for number in range(len(parts))]
    found = rows.aggregate(**{name: Count("pk", filter=_within(part)) for name, part in zip(names, parts, strict=True)})
    return [found[name] for name in names]


def _in_places(rows: QuerySet[AuditLog], parts: Sequence[Part]) -> list[int]:
    """Count with one look at each row: PostgreSQL finds its part among them, instead of trying one after the other."""
    edges = Value([part.start for part in parts[1:]])
    place = Func(F("event_timestamp"), edges, function="width_bucket", output_field=IntegerField())
    found = dict(rows.annotate(place=place).values_list("place").annotate(Count("pk")))
    return [found.get(number, 0) for number in range(len(parts))]


def _within(part: Part) -> Q | None:
    """Return the condition that a row is in the part; None for a part without ends."""
    edges = {"event_timestamp__gte": part.start, "event_timestamp__lt": part.end}
    return Q(**{lookup: edge for lookup, edge in edges.items() if edge is not None}) or None
