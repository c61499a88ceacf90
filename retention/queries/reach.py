"""The rows of one table that a run may reach, in the order in which it takes them.

A place is a moment and an id. The rows of a session are taken session by session, by the moment of the session: that is
how they lie in every engine, and the index of a school's sessions leads to them. Other rows are taken by their own
clock. Whether a row is due is asked apart from its place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import Message
from retention.fates import Rule
from retention.models import Run, RunKind
from retention.parts import in_order, parts_of
from retention.queries.due import rows_of_school, rules_of, with_clock
from retention.queries.kept import Kept
from retention.queries.orphans import orphan_rules, orphans
from retention.rules.runs import ends_of_month

__all__ = ["GOES", "Place", "between", "judged", "of_fate", "owners_among", "reach", "rules_of_run"]

Place = tuple[datetime, str]
# What `judged` says of a row for which no reason to stay was found.
GOES = -1


def rules_of_run(run: Run) -> list[Rule]:
    """Return the fates of the tables that a run empties, parts first."""
    if run.kind == RunKind.ORPHANS:
        return orphan_rules()
    return in_order(rules_of(Retention(run.policy_type)))


def reach(run: Run, rule: Rule) -> QuerySet[Any]:
    """Return the rows of a table that are due in a run, whether or not something keeps them.

    With `clock` (from when their own days run), `due` (the moment that counts in this run) and `place`. What goes along
    with a session is due when the session is. Raises due.OfNoSchool.
    """
    latest = max(moment for moment in (run.delete_before, run.archive_before) if moment)
    if run.kind == RunKind.ORPHANS:
        aged: QuerySet[Any] = orphans(rule).annotate(due=F("clock"), place=F("clock")).filter(due__lte=latest)
        return aged
    parent = "session__created_at" if "session" in rule.goes_with else "clock"
    own = rule.name in {one.name for one in rules_of(Retention(run.policy_type))}
    rows = with_clock(rule, rows_of_school(rule, run.school_id))
    place = "clock" if rule.model is Message else parent  # which may have no session
    rows = rows.annotate(due=F("clock" if own else parent), place=F(place))
    found: QuerySet[Any] = rows.filter(due__lte=latest)
    return found


def of_fate(run: Run, rows: QuerySet[Any], month: str) -> QuerySet[Any]:
    """Return the rows of a run that are destroyed; with a month those that go to the archive of that month instead."""
    if not month:
        return rows.filter(due__lte=run.delete_before)
    first, following = ends_of_month(month)
    rows = rows.filter(clock__gte=first)
    rows = rows.filter(clock__lt=following) if following else rows
    return rows.filter(due__gt=run.delete_before) if run.delete_before else rows


def between(rows: QuerySet[Any], after: Place | None, upto: Place | None) -> QuerySet[Any]:
    """Return the rows behind one place, up to and with another; None leaves that end open."""
    if after:
        moment, row_id = after
        rows = rows.filter(Q(place__gt=moment) | Q(pk__gt=row_id), place__gte=moment)
    if upto:
        moment, row_id = upto
        rows = rows.filter(Q(place__lt=moment) | Q(pk__lte=row_id), place__lte=moment)
    return rows


def judged(rule: Rule, rows: QuerySet[Any], kept: Kept, *, by_age: bool = True) -> tuple[QuerySet[Any], list[str]]:
    """Return the rows with `stays`, and the reasons: it is the number of the first that keeps a row, else GOES."""
    reasons = [*(rule.never_by_age.items() if by_age else ()), *kept.reasons(rule)]
    whens = [When(condition, then=Value(number)) for number, (_, condition) in enumerate(reasons)]
    told = Case(*whens, default=Value(GOES), output_field=IntegerField())
    return rows.annotate(stays=told), [reason for reason, _ in reasons]


def owners_among(run: Run, rule: Rule, after: Place | None, upto: Place | None, kept: Kept | None = None) -> set[str]:
    """Return the ids of rows between two places that have a part which is there; with `kept` one that must stay."""
    owners: set[str] = set()
    for part, column in parts_of(rule.model):
        among = between(reach(run, rule), after, upto).values("pk")
        rows = with_clock(part, part.model._default_manager.order_by()).filter(**{f"{column}__in": among})
        if kept:
            rows, reasons = judged(part, rows, kept)
            if not reasons:
                continue
            rows = rows.exclude(stays=GOES)
        owners.update(rows.values_list(column, flat=True).distinct())
    return owners
