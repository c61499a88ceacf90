"""Puts the rows of a segment into the archive before they leave the catalog."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from retention.actions.destroying import Look
from retention.actions.planning import WITH_A_PART, place_of
from retention.archive.keeping import NotKept, keep
from retention.fates import Rule
from retention.models import Run, Segment
from retention.queries.kept import kept_at
from retention.queries.reach import GOES, between, judged, of_fate, owners_among, reach
from retention.rules.prints import told_apart

__all__ = ["put_away"]


def put_away(run: Run, segment: Segment, rule: Rule, now: datetime) -> Collection[str]:
    """Archive the rows of a segment and return the ids of those that the archive holds now.

    None of them where the archive cannot hold their values: then they stay. A second call returns what the first one
    archived. Raises destroying.Grew, with nothing archived, and what the archive raises when it is to be tried again.
    """
    after, upto = place_of(segment.after), place_of(segment.marks[-1])
    rows = between(of_fate(run, reach(run, rule), segment.month), after, upto)
    told, reasons = judged(rule, rows, kept_at(run.school_id))
    bound = owners_among(run, rule, after, upto)
    look = Look(told_apart(bytes(segment.prints)), reasons, bound, WITH_A_PART)
    look.going(list(told.values_list(*look.columns)))
    going = told.filter(stays=GOES).exclude(pk__in=sorted(bound)) if bound else told.filter(stays=GOES)
    try:
        kept = keep(
            rows=going,
            rule=rule,
            run_id=run.id,
            school_id=run.school_id,
            number=segment.number,
            month=segment.month,
            now=now,
        )
    except NotKept:
        return frozenset()
    return kept.ids
