"""Whatever the outbox carries arrives once and in order, however often and by however many it is delivered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, transaction
from django.db.models import QuerySet

from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import District, EducationalMetric, NotificationTemplate
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import codec, delivery, gateway
from classwaves_admin.warehouse.outbox.apply import apply
from classwaves_admin.warehouse.outbox.models import DeliveryState, Operation, OutboxEntry
from tests.warehouse.contract.rows import SPECIAL
from tests.warehouse.contract.test_values import FAMILY, MAPS, TIMES, district, metric, template, written

pytestmark = pytest.mark.warehouse

ROWS: QuerySet[District] = QuerySet(District, using="warehouse")
AT = datetime(2025, 3, 4, 15, 0, 0, 1, tzinfo=UTC)


def insert(row: CatalogModel) -> OutboxEntry:
    """Return the entry that writes a whole row."""
    payload = codec.encode(type(row), codec.row_values(row))
    return OutboxEntry(table=row._meta.db_table, row_id=row.pk, operation=Operation.INSERT, payload=payload)


def update(key: str, **values: Any) -> OutboxEntry:
    """Return the entry that sets columns of a district."""
    payload = codec.encode(District, values)
    return OutboxEntry(table="admin.districts", row_id=key, operation=Operation.UPDATE, payload=payload)


def delete(key: str) -> OutboxEntry:
    """Return the entry that removes a district."""
    return OutboxEntry(table="admin.districts", row_id=key, operation=Operation.DELETE)


def state_of(group: str) -> list[tuple[Any, ...]]:
    """Return the districts of one test as they are, by id."""
    found = ROWS.filter(state=group).order_by("id")
    return list(found.values_list("id", "name", "region", "contract_details", "created_at"))


@pytest.fixture
def group() -> str:
    """Name the rows of one test."""
    return new_id()


def at(group: str, n: int, **values: Any) -> District:
    """Make a district of one test that is not saved."""
    return district(**{"id": f"{group}-{n}", "state": group, "created_at": AT, "updated_at": AT} | values)


def test_each_operation_and_its_replay(group: str) -> None:
    """Insert, insert again, update and delete; the same entries once more, and again in part, change nothing."""
    entries = [
        insert(at(group, 1, name="one", contract_details={"a": "b"})),
        insert(at(group, 2, name="two", region="r")),
        insert(at(group, 3, name="three")),
        insert(at(group, 2, name="two again")),
        update(f"{group}-1", name="changed", contract_details={}),
        update(f"{group}-1", region=FAMILY),
        update(f"{group}-9", name="not there"),
        delete(f"{group}-3"),
        delete(f"{group}-8"),
    ]
    wanted: list[tuple[Any, ...]] = [
        (f"{group}-1", "changed", FAMILY, {}, AT),
        (f"{group}-2", "two again", None, None, AT),
    ]
    apply(entries)
    assert state_of(group) == wanted
    apply(entries)
    assert state_of(group) == wanted
    apply(entries[3:])
    assert state_of(group) == wanted


def test_the_order_within_a_delivery_counts(group: str) -> None:
    """A row that is made, removed and made anew is there, and one that was removed last is not."""
    apply(
        [
            insert(at(group, 1, name="first", region="old")),
            delete(f"{group}-1"),
            insert(at(group, 1, name="second")),
            insert(at(group, 2, name="gone")),
            update(f"{group}-2", name="set"),
            delete(f"{group}-2"),
            update(f"{group}-2", name="too late"),
            update(f"{group}-1", name="third"),
        ]
    )
    assert state_of(group) == [(f"{group}-1", "third", None, None, AT)]


def test_several_tables_in_one_delivery(group: str) -> None:
    """Entries of different tables keep their order and their types."""
    number = metric(id=group, metric_value=Decimal("-999999.9999"), metric_metadata={"q": '"'})
    mail = template(id=group, variables=[None, "", FAMILY])
    apply([insert(at(group, 1)), insert(number), insert(mail), update(f"{group}-1", name="after")])
    assert state_of(group)[0][1] == "after"
    kept = EducationalMetric.objects.get(pk=group)
    assert (kept.metric_value, kept.metric_metadata) == (Decimal("-999999.9999"), {"q": '"'})
    assert NotificationTemplate.objects.get(pk=group).variables == [None, "", FAMILY]


def test_edges_of_values_pass_through_the_outbox(group: str) -> None:
    """JSON between action and warehouse loses no microsecond, no character and no difference between {} and NULL."""
    rows = [at(group, 100 + n, region=text) for n, text in enumerate(SPECIAL)]
    rows += [at(group, 200 + n, contract_details=content) for n, content in enumerate(MAPS)]
    rows += [at(group, 300 + n, created_at=moment) for n, moment in enumerate(TIMES)]
    rows.append(at(group, 400, region='"\\é' * 350_000))
    apply([insert(row) for row in rows])
    assert state_of(group) == [
        (row.pk, row.name, row.region, row.contract_details, row.created_at.astimezone(UTC)) for row in rows
    ]


def test_updates_of_many_rows_and_columns(group: str) -> None:
    """Rows that each get columns and values of their own, NULL among them, in one delivery."""
    written([at(group, n, name="n", region="r", contract_details={"a": "b"}) for n in range(10, 22)])
    changes: list[dict[str, Any]] = [{"name": f"${{n}} {n}"} if n % 3 else {"region": None} for n in range(10, 22)]
    apply([update(f"{group}-{n}", **change) for n, change in zip(range(10, 22), changes, strict=True)])
    assert [(name, region, content) for _, name, region, content, _ in state_of(group)] == [
        (change.get("name", "n"), change.get("region", "r"), {"a": "b"}) for change in changes
    ]


def test_a_column_that_is_not_named_stays_as_another_service_left_it(group: str) -> None:
    """An update sends its own columns only."""
    written([at(group, 1, name="ours", region="theirs")])
    apply([update(f"{group}-1", name="changed")])
    assert state_of(group)[0][1:3] == ("changed", "theirs")


@pytest.mark.django_db(databases=["default"])
def test_the_gateway_delivers_a_mixed_unit_in_order(group: str) -> None:
    """Through the outbox itself: what an action wrote is there after delivery, and nothing waits."""
    with transaction.atomic():
        gateway.insert(*(at(group, n, name="new") for n in range(5)))
        gateway.update(District, f"{group}-0", name="changed")
        gateway.delete(District, f"{group}-4")
        gateway.insert(at(group, 1, name="replaced"))
    assert gateway.pending()
    outcome = delivery.deliver(even_if_resting=True)
    assert (outcome.delivered, outcome.stuck, outcome.failed) == (8, 0, False)
    assert [name for _, name, *_ in state_of(group)] == ["changed", "replaced", "new", "new"]
    assert not gateway.pending()


def many(operation: str, columns: list[str], rows: list[list[Any]], **shared: Any) -> OutboxEntry:
    """Return the entry that does the same to many districts."""
    payload = codec.encode_many(District, columns, rows, shared)
    return OutboxEntry(table="admin.districts", row_id=rows[0][0], operation=operation, payload=payload)


def test_many_rows_in_one_entry_and_its_replay(group: str) -> None:
    """Whole rows, changes and removals of many at once do what single entries do; a replay changes nothing."""
    whole = codec.row_values(at(group, 0, contract_details={"a": "b"}))
    del whole["id"], whole["name"], whole["region"]
    written([at(group, 1, name="before", region="old")])
    entries = [
        many("inserts", ["id", "name", "region"], [[f"{group}-{n}", f"n{n}", FAMILY] for n in range(1, 5)], **whole),
        many("updates", ["id", "name"], [[f"{group}-2", "two"], [f"{group}-9", "not there"]], region=None),
        update(f"{group}-3", name="three"),
        many("deletes", ["id"], [[f"{group}-4"], [f"{group}-8"]]),
    ]
    wanted = [
        (f"{group}-1", "n1", FAMILY, {"a": "b"}, AT),
        (f"{group}-2", "two", None, {"a": "b"}, AT),
        (f"{group}-3", "three", FAMILY, {"a": "b"}, AT),
    ]
    apply(entries)
    assert state_of(group) == wanted
    apply(entries)
    assert state_of(group) == wanted


@pytest.mark.django_db(databases=["default"])
def test_the_gateway_takes_many_rows_at_once(group: str) -> None:
    """Many rows are a few entries, arrive in the order of their action, and are counted as rows."""
    whole = codec.row_values(at(group, 0))
    del whole["id"], whole["name"]
    with transaction.atomic():
        gateway.insert_many(District, ["id", "name"], [[f"{group}-{n:04}", "new"] for n in range(1200)], **whole)
        gateway.update_many(District, ["id", "name"], [[f"{group}-{n:04}", "changed"] for n in range(2)])
        gateway.delete_many(District, [f"{group}-{n:04}" for n in range(2, 1200)])
        assert OutboxEntry.objects.count() == 7
    outcome = delivery.deliver(even_if_resting=True)
    assert (outcome.delivered, outcome.stuck, outcome.failed) == (1200 + 2 + 1198, 0, False)
    assert [name for _, name, *_ in state_of(group)] == ["changed", "changed"]


def test_many_rows_are_checked_in_the_action(group: str) -> None:
    """A value that no engine takes, a column left out and a row that comes twice fail before anything is written."""
    with transaction.atomic("default"):
        with pytest.raises(ValidationError):
            gateway.update_many(District, ["id", "name"], [[group, None]])
        with pytest.raises(ValueError, match="created_at"):
            gateway.insert_many(District, ["id", "name"], [[group, "x"]])
        with pytest.raises(ValueError, match="twice"):
            gateway.update_many(District, ["id", "name"], [[group, "x"], [group, "y"]])


@pytest.mark.django_db(databases=["default"])
def test_a_refused_entry_holds_back_its_own_row_alone(group: str) -> None:
    """What the engine cannot take is stuck with what rests on it; the rest of the delivery arrives."""
    with transaction.atomic():
        gateway.insert(at(group, 1, name="before"))
    good = insert(at(group, 2, name="beside"))
    good.unit = new_id()
    bad = insert(at(group, 3))
    bad.unit, bad.payload = new_id(), bad.payload | {"name": None}
    behind = update(f"{group}-3", name="behind")
    behind.unit = new_id()
    OutboxEntry.objects.bulk_create([bad, good, behind])
    outcome = delivery.deliver(even_if_resting=True)
    assert (outcome.delivered, outcome.stuck) == (2, 1)
    assert [name for _, name, *_ in state_of(group)] == ["before", "beside"]
    assert OutboxEntry.objects.count() == 2
    assert DeliveryState.objects.get().failures == 0


def at_once(*works: Callable[[], None]) -> None:
    """Run all works at the same moment, each in a thread with a connection of its own; raise what one raises."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            connections["warehouse"].ensure_connection()
            gate.wait(60)
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result()


def insistent(entries: list[OutboxEntry]) -> Callable[[], None]:
    """Return a work that delivers until it is through, as the outbox does after a failure."""

    def deliver() -> None:
        for last in (False,) * 9 + (True,):
            try:
                apply(entries)
            except DatabaseError:
                if last:
                    raise
            else:
                break

    return deliver


def test_writers_at_once_on_different_rows_lose_nothing(group: str) -> None:
    """Four writers add, change and remove rows of their own in one table at the same moment."""

    def own(writer: int) -> list[OutboxEntry]:
        keys = range(10 * writer + 100, 10 * writer + 106)
        made = [insert(at(group, n, name=f"writer {writer}")) for n in keys]
        return [*made, update(f"{group}-{keys[0]}", region="set"), delete(f"{group}-{keys[1]}")]

    at_once(*(insistent(own(writer)) for writer in range(4)))
    found = state_of(group)
    assert len(found) == 4 * 5
    assert sum(region == "set" for _, _, region, *_ in found) == 4


def test_writers_at_once_on_the_same_rows_leave_one_whole_answer(group: str) -> None:
    """Three writers put the same rows: each row is there once, and is as one of them wrote it."""
    versions = [
        [insert(at(group, n, name=f"writer {writer}", region=f"region {writer}")) for n in range(5)]
        for writer in range(3)
    ]
    at_once(*map(insistent, versions))
    found = state_of(group)
    assert [key for key, *_ in found] == [f"{group}-{n}" for n in range(5)]
    assert all(name.removeprefix("writer ") == region.removeprefix("region ") for _, name, region, *_ in found)


def test_readers_see_whole_deliveries_or_whole_rows(group: str) -> None:
    """While rows are replaced again and again, a reader sees each row once and never half of one."""
    apply([insert(at(group, n, name="0", region="0")) for n in range(5)])
    seen: list[list[tuple[Any, ...]]] = []

    def write() -> None:
        for turn in range(1, 4):
            insistent([insert(at(group, n, name=str(turn), region=str(turn))) for n in range(5)])()

    def read() -> None:
        seen.extend(state_of(group) for _ in range(6))

    at_once(write, read)
    assert all(len(rows) == 5 and all(name == region for _, name, region, *_ in rows) for rows in seen)
    assert {name for _, name, *_ in state_of(group)} == {"3"}
