"""The log's index: a search by way of it gives the rows of the plain search, in its order, on every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.queries.counting import total_of
from audit.queries.indexed import rows_of
from audit.queries.over_time import counts
from audit.queries.pages import page_of
from audit.queries.search import matching
from audit.rules.criteria import Criteria, Resource, Values
from audit.rules.over_time import Part
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog
from tests.warehouse import log_of_all_sorts as sorts

pytestmark = pytest.mark.warehouse

ROWS = 250


@pytest.fixture
def log(complete_warehouse: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """Fill the log as other services do, some by a statement, then change and remove rows."""
    with system_scope(reason="test"), writing(), transaction.atomic(using="warehouse"):
        every = list(sorts.rows(ROWS))
        for row in every[:50]:
            row.save(force_insert=True)
        AuditLog.objects.bulk_create(every[50:])
        for one, other in pairwise(every[::9]):
            AuditLog.objects.filter(pk=one.pk).update(
                event_timestamp=other.event_timestamp, description=other.description, school_id=other.school_id
            )
        AuditLog.objects.filter(pk__in=[row.pk for row in every[5::7]]).delete()
        AuditLog.objects.filter(pk=every[0].pk).update(user_agent="not in the index")
        yield complete_warehouse


def some(values: tuple[str, ...], *more: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a strategy of no value, or of one or two."""
    return st.one_of(st.just(()), st.lists(st.sampled_from((*values, *more)), min_size=1, max_size=2).map(tuple))


VALUES = st.builds(
    Values,
    schools=some(sorts.SCHOOLS, "nowhere"),
    events=some(sorts.EVENTS, "consent.*", "student.*", "consent.granted*", "*", "a*"),
    categories=some(sorts.CATEGORIES, "da*"),
    actors=some(sorts.ACTORS, "rivera*"),
    students=some(sorts.STUDENTS, "a b", ","),
    bases=some(tuple(filter(None, sorts.BASES)), "FERPA_*"),
    ips=some(tuple(filter(None, sorts.ADDRESSES)), "198.51.100.7*", "198.*"),
    sessions=some(tuple(filter(None, sorts.SESSIONS)), "sess*"),
    resources=st.one_of(
        st.just(()),
        st.lists(
            st.builds(
                lambda pair, whole: Resource(pair[0], (pair[1] or "") if whole else ""),
                st.sampled_from(sorts.RESOURCES),
                st.booleans(),
            ),
            min_size=1,
            max_size=2,
        ).map(tuple),
    ),
    words=some(sorts.WORDS),
)
FEW = st.one_of(
    VALUES,
    st.builds(Values, words=some(sorts.WORDS)),
    st.builds(Values, schools=some(sorts.SCHOOLS), words=some(sorts.WORDS)),
    st.builds(Values, events=some(sorts.EVENTS, "consent.*")),
    st.builds(Values, students=some(sorts.STUDENTS)),
    st.just(Values()),
)
MOMENTS = st.one_of(
    st.none(),
    st.builds(
        lambda seconds, rest: sorts.START + timedelta(seconds=seconds, microseconds=rest),
        st.integers(-1_000, ROWS // 4),
        st.sampled_from((0, 1, 999_999)),
    ),
)
SEARCHES = st.builds(Criteria, since=MOMENTS, until=MOMENTS, wanted=FEW, unwanted=FEW)
SCOPES = st.one_of(st.none(), st.lists(st.sampled_from(sorts.SCHOOLS), max_size=3, unique=True).map(tuple))


EDGES = [sorts.START + timedelta(seconds=seconds) for seconds in (-900, -3, 0, 1, 60)]
HOURS = [sorts.START + timedelta(hours=hours) for hours in (-2, -1, 0, 1)]


def held(part: Part, moment: datetime) -> bool:
    """Tell whether the moment is in the part."""
    return (part.start is None or part.start <= moment) and (part.end is None or moment < part.end)


def walked(criteria: Criteria, size: int) -> tuple[list[str], list[str]]:
    """Return the ids of all pages, from the first to the last and back."""
    parts = [page_of(criteria, size=size)]
    while parts[-1].next:
        parts.append(page_of(criteria, parts[-1].next, size=size))
    back = [parts[-1]]
    while back[0].previous:
        back.insert(0, page_of(criteria, back[0].previous, size=size))
    assert not parts[0].previous
    return [row.pk for part in parts for row in part.rows], [row.pk for part in back for row in part.rows]


def test_the_index_gives_what_the_plain_search_gives(log: BaseDatabaseWrapper) -> None:
    """Any search in any scope: plain Python, the plain query and the index agree on rows, order, pages and total."""
    assert log_index.is_there(log)
    rows = sorted(AuditLog.objects.all(), key=lambda row: (row.event_timestamp, row.pk), reverse=True)

    @settings(
        max_examples=settings().max_examples * 2 // 5,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(criteria=SEARCHES, schools=SCOPES, size=st.integers(5, 60))
    def agree(criteria: Criteria, schools: tuple[str, ...] | None, size: int) -> None:
        visible = [row for row in rows if schools is None or row.school_id in schools]
        expected = [row.pk for row in visible if sorts.wanted(row, criteria)]
        with inside(Scope(schools=schools)):
            plain = matching(criteria).order_by("-event_timestamp", "-id").values_list("pk", flat=True)
            assert list(plain) == expected
            assert walked(criteria, size) == (expected, expected)
            assert set(rows_of(criteria).values_list("pk", flat=True)) == set(expected)
            assert total_of(criteria) == len(expected)
            in_period = replace(criteria, since=None, until=None)
            every = [row.event_timestamp for row in visible if sorts.wanted(row, in_period)]
            for edges in (EDGES, HOURS):
                parts = [Part(start, end) for start, end in pairwise([None, *edges, None])]
                assert counts(criteria, parts) == [sum(held(part, moment) for moment in every) for part in parts]

    agree()


def test_all_of_a_district_is_read_as_it_happened(log: BaseDatabaseWrapper) -> None:
    """A file of all schools' rows needs no look at the index of words and no sorting, for any of its portions."""
    if log.vendor != "sqlite":
        pytest.skip("the other engines choose by the numbers that they keep")
    with inside(Scope(schools=tuple(sorts.SCHOOLS[:2]))):
        rows = rows_of(Criteria(since=sorts.START)).order_by("-event_timestamp", "-id")
        plan = rows.explain()
    assert "audit_log_event__id_ix" in plan
    assert "audit_log_words" not in plan
    assert "TEMP B-TREE" not in plan


def test_the_index_is_no_drift(complete_warehouse: BaseDatabaseWrapper) -> None:
    """What belongs to the index is not taken for a table of the catalog."""
    assert log_index.is_there(complete_warehouse)
    assert drifts(complete_warehouse) == []


def test_a_lost_index_changes_no_answer(log: BaseDatabaseWrapper) -> None:
    """Where somebody removed a trigger or the index, searches go to the log itself."""
    criteria = Criteria(wanted=Values(words=("record",)))
    before = walked(criteria, 20)
    with log.cursor() as cursor:
        if log.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_log_reindexed")
        else:
            cursor.execute("DROP INDEX compliance.audit_log_tokens_ix")
    assert not log_index.is_there(connections["warehouse"])
    assert walked(criteria, 20) == before
