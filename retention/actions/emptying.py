"""Empties columns of rows that were approved, so that what is left of them tells of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from classwaves_admin.warehouse.outbox import gateway
from retention.actions.destroying import Grew
from retention.fates import Outcome, Rule
from retention.queries.kept import Kept
from retention.queries.reach import GOES, judged
from retention.rules.prints import print_of

__all__ = ["empty"]


def empty(
    *, rule: Rule, outcome: Outcome, rows: QuerySet[Any], prints: Collection[bytes], kept: Kept, now: datetime
) -> tuple[int, Counter[str]]:
    """Empty those of `rows` whose ids are among the prints and that nothing keeps now.

    Returns how many, and how many stay by reason. A second call changes nothing. Raises Grew, with nothing emptied.
    """
    told, reasons = judged(rule, rows, kept, by_age=False)
    going, stayed, unknown = [], Counter[str](), 0
    for row_id, stays in told.values_list("pk", "stays"):
        if print_of(row_id) not in prints:
            unknown += stays == GOES
        elif stays == GOES:
            going.append(row_id)
        else:
            stayed[reasons[stays]] += 1
    if unknown:
        raise Grew(unknown)
    model = rule.model
    dated = {"updated_at": now} if any(field.attname == "updated_at" for field in model.columns()) else {}
    columns = [str(model._meta.pk.attname), *outcome.blanks]
    with transaction.atomic():
        gateway.update_many(model, columns, [[row_id, *outcome.blanks.values()] for row_id in going], **dated)
    return len(going), stayed
