"""Runs: as few as the engine needs, and nothing that must stay in order passes another."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry
from classwaves_admin.warehouse.outbox.runs import runs

ALL = frozenset({Operation.INSERT, Operation.UPDATE, Operation.DELETE})


def entry(text: str, unit: str = "u") -> OutboxEntry:
    """Return an entry from words such as `insert messages m-1`, or `update students s-1 grade`."""
    operation, table, row_id, *columns = text.split()
    payload = dict.fromkeys(columns, 1)
    return OutboxEntry(unit=unit, table=table, row_id=row_id, operation=operation, payload=payload)


def test_a_hundred_families_are_three_runs_with_the_flags_last() -> None:
    """Consent row, audit event, flag: each kind is one run, in the order of the action."""
    entries = [
        entry(f"{words}-{number}", unit=str(number))
        for number in range(100)
        for words in ("insert consents c", "insert log a", "update students s")
    ]
    found = runs(entries, ALL)
    assert [(run[0].table, len(run)) for run in found] == [("consents", 100), ("log", 100), ("students", 100)]


def test_updates_of_other_columns_and_a_row_that_comes_twice_begin_new_runs() -> None:
    """One statement sets the same columns on every row, and writes no row twice."""
    entries = [
        entry("update s 1 a", "x"),
        entry("update s 2 a b", "y"),
        entry("update s 3 a", "z"),
        entry("update s 1 a", "w"),
    ]
    assert [[e.row_id for e in run] for run in runs(entries, ALL)] == [["1", "3"], ["2"], ["1"]]


def test_operations_that_are_not_joined_come_alone_and_hold_nobody_back() -> None:
    """Where an engine is quickest row by row, only the named operations come several to a run."""
    entries = [
        entry("update s 1 a", "x"),
        entry("insert t 1", "y"),
        entry("update s 2 a", "z"),
        entry("insert t 2", "w"),
    ]
    found = runs(entries, {Operation.INSERT})
    assert [[e.row_id for e in run] for run in found] == [["1"], ["1", "2"], ["2"]]


def many(operation: str, *row_ids: str, unit: str = "u") -> OutboxEntry:
    """Return an entry about several messages; column `a` is written but for removals."""
    columns = ["id"] if operation == "deletes" else ["id", "a"]
    rows = [[row_id, *[1] * (len(columns) - 1)] for row_id in row_ids]
    payload = {"columns": columns, "rows": rows, "shared": {}}
    return OutboxEntry(unit=unit, table="t", row_id=row_ids[0], operation=operation, payload=payload)


def test_an_entry_about_many_rows_stands_behind_each_of_them() -> None:
    """A later change of any of its rows begins a new run; whole rows of one and of many share one."""
    entries = [many("inserts", "1", "2"), entry("insert t 3 a id", "x"), many("inserts", "2", "4", unit="y")]
    assert [[e.row_ids for e in run] for run in runs(entries, ALL)] == [[["1", "2"], ["3"]], [["2", "4"]]]


SINGLES = st.builds(
    OutboxEntry,
    unit=st.sampled_from("abc"),
    table=st.sampled_from(["s", "t"]),
    row_id=st.sampled_from("123"),
    operation=st.sampled_from([Operation.INSERT, Operation.UPDATE, Operation.DELETE]),
    payload=st.sampled_from([{}, {"a": 1}, {"b": 1}]),
)
MANY = st.builds(
    lambda operation, row_ids, unit: many(operation, *row_ids, unit=unit),
    st.sampled_from(["inserts", "updates", "deletes"]),
    st.lists(st.sampled_from("123"), min_size=1, unique=True),
    st.sampled_from("abc"),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(SINGLES | MANY, max_size=30), st.sets(st.sampled_from(sorted(ALL))))
def test_transactions_and_rows_keep_their_order(entries: list[OutboxEntry], joined: set[Operation]) -> None:
    """Every entry comes once; those of one transaction and those of one row come as they were written."""
    found = runs(entries, joined)
    flat = [id(e) for run in found for e in run]
    assert sorted(flat) == sorted(map(id, entries))
    place = {id(e): number for number, run in enumerate(found) for e in run}
    for number, earlier in enumerate(entries):
        for later in entries[number + 1 :]:
            if earlier.unit == later.unit:
                assert place[id(earlier)] <= place[id(later)]
            if earlier.table == later.table and {*earlier.row_ids} & {*later.row_ids}:
                assert place[id(earlier)] < place[id(later)]
    for run in found:
        assert len({(e.table, e.verb, *sorted(e.columns)) for e in run}) == 1
        assert len(run) == 1 or run[0].verb in joined
