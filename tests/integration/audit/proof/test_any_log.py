"""Whatever a log holds, in whatever order it came and was sealed: one change is found and named, and only that."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from audit.models import Chain, ErasedRow, Seal, SealedRow
from audit.proof.erasing import erase_fields
from audit.proof.rows import schools
from audit.proof.sealing import chain_of
from audit.proof.verifier import COLUMNS, ERASABLE, ERASED, INSTANTS
from classwaves_admin.lib import clock
from classwaves_admin.lib.many_rows import insert_rows
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from tests.integration.audit.proof.conftest import NOON
from tests.integration.audit.proof.test_verifying import findings

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
# 20, ten times as many with `pytest --hypothesis-profile=thorough`, and 5 on PostgreSQL.
EXAMPLES = settings().max_examples // 5
SCHOOLS = ["hill", "École № 9 / ''"]
OLD = [datetime(1970, 1, 1, tzinfo=UTC), NOON - timedelta(days=400), NOON - timedelta(days=30), NOON]
DAYS = [*OLD, NOON + timedelta(days=1), datetime(2100, 2, 28, 23, 59, tzinfo=UTC)]
MAY_BE_NULL = [field.attname for field in AuditLog.columns() if field.null]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", "null", '{"a": 1}', "[]", "=1+1", "<b>", "\u202etxt", "e\u0301", "é", "🏫", "\n", ERASED]
)
MOMENT = st.builds(
    lambda day, seconds, micros: day + timedelta(seconds=seconds, microseconds=micros),
    st.sampled_from(DAYS),
    st.integers(0, 59),
    st.sampled_from([0, 1, 999_999]),
)
Values = dict[str, Any]


def value_of(column: str, moments: st.SearchStrategy[datetime] = MOMENT) -> st.SearchStrategy[Any]:
    """Draw what a service might write into the column."""
    if column in INSTANTS:
        return moments
    if column == "school_id":
        return st.sampled_from(SCHOOLS)
    return (st.none() | TEXT) if column in MAY_BE_NULL else TEXT


def row_of(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[Values]:
    """Draw a row without its id."""
    return st.fixed_dictionaries(
        {name: given[name] if name in given else value_of(name) for name in COLUMNS if name != "id"}
    )


@dataclass
class Log:
    """The rows of a log as they were written, by id, and how they came there."""

    seal: Callable[[], None]
    rows: dict[str, Values] = field(default_factory=dict)
    _number: Any = field(default_factory=lambda: count(1))

    def clear(self) -> None:
        """Begin anew."""
        for model in (ErasedRow, SealedRow, Seal, Chain):
            model.objects.all().delete()
        with guard.writing():
            AuditLog.objects.all().delete()

    def write(self, rows: list[Values]) -> list[str]:
        """Write rows past our gateway, as services do; return their ids."""
        new = {f"{string.ascii_letters[len(self.rows) % 52]} № {next(self._number)}": row for row in rows}
        with guard.writing():
            lines = [[row_id, *(row[name] for name in COLUMNS[1:])] for row_id, row in new.items()]
            insert_rows(connections["warehouse"], AuditLog, COLUMNS, lines)
        self.rows |= new
        return list(new)

    def schools(self) -> list[str]:
        """Return the schools of the rows."""
        return sorted({row["school_id"] for row in self.rows.values()})

    def alter(self, row_id: str, **values: Any) -> None:
        """Change a row past our gateway."""
        with guard.writing():
            assert AuditLog.objects.filter(pk=row_id).update(**values) == 1

    def remove(self, row_id: str) -> None:
        """Delete a row past our gateway."""
        with guard.writing():
            AuditLog.objects.filter(pk=row_id).delete()


def tamper(log: Log, data: st.DataObject) -> set[str]:
    """Do one thing to a log that is sealed; return the ids of the rows that it touched."""
    way = data.draw(st.sampled_from(["alter", "remove", "insert", "replace", "swap"]), "way")
    event(way)
    row_id = data.draw(st.sampled_from(sorted(log.rows)), "row")
    if way == "alter":
        column = data.draw(st.sampled_from(COLUMNS), "column")
        if column == "id":
            log.alter(row_id, id="another")
            return {row_id}
        before = getattr(AuditLog.objects.get(pk=row_id), column)
        after = data.draw(value_of(column), "value")
        assume(before != after and not {before, after} <= {None, ERASED})
        log.alter(row_id, **{column: after})
        return {row_id}
    if way == "swap":
        other = data.draw(st.sampled_from(sorted(log.rows)), "other")
        one, two = (AuditLog.objects.filter(pk=name).values(*COLUMNS[1:]).get() for name in (row_id, other))
        assume(one != two)
        log.alter(row_id, **two)
        log.alter(other, **one)
        return {row_id, other}
    touched = set()
    if way in {"remove", "replace"}:
        log.remove(row_id)
        touched.add(row_id)
    if way in {"insert", "replace"}:
        moments = st.just(AuditLog(**log.rows[row_id]).event_timestamp) if way == "replace" else st.sampled_from(OLD)
        assume(way == "insert" or log.rows[row_id]["event_timestamp"] < clock.now() - timedelta(days=1))
        # In a school that was sealed before: the first row of another one waits for its chain.
        forged = row_of(event_timestamp=moments, school_id=st.sampled_from(log.schools()))
        touched.update(log.write([data.draw(forged, "forged")]))
    return touched


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],  # a log is small as it is drawn; to shrink it takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(row_of(), max_size=6), min_size=1, max_size=3), st.data())
def test_one_change_is_named_and_none_is_none(
    seal: Callable[[], None], batches: list[list[Values]], data: st.DataObject
) -> None:
    """Rows of any kind, sealed now and then, are valid, with persons erased too; what is touched then is named."""
    log = Log(seal)
    log.clear()
    for rows in batches:
        log.write(rows)
        log.seal()
    assume(log.rows)
    assert findings(*log.schools()) == []
    gone = data.draw(st.lists(st.sampled_from(sorted(log.rows)), max_size=2, unique=True), "erased")
    columns = data.draw(st.sets(st.sampled_from(ERASABLE), min_size=1), "columns")
    with transaction.atomic():
        assert erase_fields(row_ids=gone, columns=sorted(columns), now=clock.now()).refused == ()
    delivery.deliver(even_if_resting=True)
    assert findings(*log.schools()) == []
    touched = tamper(log, data)
    for school_id in schools():
        chain_of(school_id)
    named = {one.row for one in findings(*Chain.objects.values_list("school_id", flat=True))}
    assert touched <= named <= {*touched, "another"}
