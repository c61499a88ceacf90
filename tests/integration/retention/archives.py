"""Archives of made-up rows, for the tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.archive.keeping import Kept, keep
from retention.queries.due import rows_of_school, with_clock
from retention.schedule import rule_of


def archived(school: School, model: type[CatalogModel], *, leave: bool = True, **given: Any) -> Kept:
    """Archive all rows of a table of a school; with `leave` they are taken out of the catalog as a run does."""
    rule = rule_of(model)
    rows = with_clock(rule, rows_of_school(rule, school.pk))
    about: dict[str, Any] = {"run_id": new_id(), "number": 1, "month": "2024-11", "now": now()} | given
    kept = keep(rows=rows, rule=rule, school_id=school.pk, **about)
    if leave:
        with guard.writing():
            model._default_manager.filter(pk__in=kept.ids).delete()
    return kept
