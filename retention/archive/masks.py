"""Which rows of an archive file something is said of: the conditions of queries/, over columns instead of the catalog.

Ways that lead over another table (`participant__student_id`) are left out: each has one beside it in the row itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from classwaves_admin.warehouse.inventory import Link, table
from classwaves_admin.warehouse.models import ClassroomSession
from retention.fates import Rule
from retention.models import ArchiveFile, LegalHold
from retention.queries.child import narrower_links, of_others, own_names
from retention.queries.kept import Kept
from retention.queries.subjects import Parts

__all__ = ["about", "any_of", "columns_of_people", "count", "differs", "is_in", "kept_rows", "none_of", "shared"]


def columns_of_people(rule: Rule) -> list[str]:
    """Return the columns that say whom a row is about, and of which session it is."""
    links = [link for link in table(rule.model).students if _is_own(rule, link)]
    named = {name for link in links for name in (link.lookup, *link.when)}
    return [field.attname for field in rule.model.columns() if field.attname in named | {"id", "session_id"}]


def about(rule: Rule, rows: pa.Table, parts: Parts, *, alone: bool | None = None) -> pa.BooleanArray:
    """Return which rows say anything about a student; `alone` as in `queries.subjects.rows_about`."""
    links = [link for link in table(rule.model).students if alone in {None, link.alone} and _is_own(rule, link)]
    return any_of(rows, (_tied(rows, link, parts[link.subject]) for link in links))


def shared(rule: Rule, rows: pa.Table, parts: Parts) -> pa.BooleanArray:
    """Return which rows a student shares with others, without those that are another child's own (queries/child.py)."""
    found = none_of(rows)
    for link in (one for one in table(rule.model).students if not one.alone and _is_own(rule, one)):
        mine = _tied(rows, link, parts[link.subject])
        for narrower in (one for one in narrower_links(rule, link) if _is_own(rule, one)):
            nobody = pc.or_(pc.is_null(_whole(rows.column(narrower.lookup))), is_in(rows, narrower.lookup, [""]))
            mine = pc.and_(mine, pc.or_(nobody, is_in(rows, narrower.lookup, own_names(parts))))
        for column, others in of_others(rule, link, parts).items():
            mine = pc.and_not(mine, is_in(rows, column, others))
        found = pc.or_(found, mine)
    return found


def kept_rows(file: ArchiveFile, rule: Rule, rows: pa.Table, kept: Kept) -> pa.BooleanArray:
    """Return which rows a legal hold or an open request keeps. A hold on a period keeps the months that it touches."""
    if kept.seats_unreadable:
        return pc.invert(none_of(rows))
    held = (_held(file, rule, rows, hold, kept) for hold in kept.holds.holds if _touches(file, hold))
    asked_for = (about(rule, rows, parts) for parts in kept.asked_for)
    return any_of(rows, (*held, *asked_for))


def count(mask: pa.BooleanArray) -> int:
    """Return how many rows a mask marks."""
    return int(pc.sum(mask).as_py() or 0)


def none_of(rows: pa.Table) -> pa.BooleanArray:
    """Return the mask that marks no row."""
    return pa.repeat(pa.scalar(False), rows.num_rows)


def is_in(rows: pa.Table, column: str, values: Iterable[str]) -> pa.BooleanArray:
    """Return the rows whose column has one of the values."""
    return _whole(pc.is_in(rows.column(column), value_set=pa.array(sorted(values), pa.string())))


def differs(rows: pa.Table, column: str, value: str | bool | None) -> pa.BooleanArray:
    """Return the rows whose column holds something else."""
    found = _whole(rows.column(column))
    if value is None:
        return pc.is_valid(found)
    return pc.fill_null(pc.not_equal(found, pa.scalar(value, found.type)), fill_value=True)


def any_of(rows: pa.Table, masks: Iterable[pa.BooleanArray]) -> pa.BooleanArray:
    """Return which rows at least one of the masks marks."""
    found = none_of(rows)
    for mask in masks:
        found = pc.or_(found, mask)
    return found


def _held(file: ArchiveFile, rule: Rule, rows: pa.Table, hold: LegalHold, kept: Kept) -> pa.BooleanArray:
    covered = pc.invert(none_of(rows))
    if hold.session_id:
        column = "id" if rule.model is ClassroomSession else "session_id"
        covered = is_in(rows, column, {hold.session_id}) if column in rows.column_names else none_of(rows)
    if hold.student_id:
        covered = pc.and_(covered, about(rule, rows, kept.holds.parts[hold.student_id]))
    return covered


def _touches(file: ArchiveFile, hold: LegalHold) -> bool:
    starts_before_end = hold.until is None or file.oldest < hold.until
    return starts_before_end and (hold.since is None or file.newest >= hold.since)


def _is_own(rule: Rule, link: Link) -> bool:
    return link.lookup in {field.attname for field in rule.model.columns()}


def _tied(rows: pa.Table, link: Link, values: Iterable[str]) -> pa.BooleanArray:
    if link.json_list:
        column = rows.column(link.lookup)
        named = (pc.match_substring(column, json.dumps(value)) for value in values)
        tied = any_of(rows, (pc.fill_null(_whole(one), fill_value=False) for one in named))
    else:
        tied = is_in(rows, link.lookup, values)
    for name, value in link.when.items():
        tied = pc.and_(tied, is_in(rows, name, {value}))
    return tied


def _whole(column: pa.ChunkedArray) -> pa.BooleanArray:
    """Return a column in one piece."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
