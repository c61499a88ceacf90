"""Every writing method of a queryset, as the gateway and the factories of the tests use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.guard import WriteOutsideGateway, writing
from classwaves_admin.warehouse.models import District, School
from tests.warehouse.contract.conftest import Contract
from tests.warehouse.contract.differences import expected
from tests.warehouse.contract.test_values import district

pytestmark = pytest.mark.warehouse

ROWS: QuerySet[District] = QuerySet(District, using="warehouse")


def of(group: str) -> QuerySet[District]:
    """Return the districts of one test."""
    return ROWS.filter(state=group)


def names(group: str) -> list[str]:
    """Return the names of the districts of one test, by id."""
    return list(of(group).order_by("id").values_list("name", flat=True))


@pytest.fixture
def group() -> str:
    """Name the rows of one test."""
    return new_id()


def test_create_save_and_delete_of_one_row(group: str) -> None:
    """A row is made, changed as a whole and by column, and removed."""
    with writing():
        row = ROWS.create(id=new_id(), name="one", state=group, subscription_tier="free", is_active=True)
        row.name = "two"
        row.save()
        row.name, row.region = "three", "not saved"
        row.save(update_fields=["name"])
        row.refresh_from_db()
        assert [row.name, row.region] == ["three", None]
        assert row.delete()[0] == 1
    assert names(group) == []


def test_save_of_an_unknown_id_inserts(group: str) -> None:
    """`save` first tries to change a row and makes it where there was none: the number of changed rows is true."""
    with writing():
        for name in ("new", "same"):
            row = district(id=f"{group}-1", state=group, name=name)
            row._state.adding = False
            row.save()
    assert names(group) == ["same"]


def test_update_counts_the_rows_that_it_changes(group: str) -> None:
    """Many rows are set at once, by values and by expressions; rows that do not match stay."""
    with writing():
        ROWS.bulk_create([district(state=group, name=str(n), school_count=n) for n in range(5)])
        assert of(group).filter(school_count__gte=3).update(name="many", school_count=F("school_count") + 10) == 2
        assert of(group).filter(name="nobody").update(name="x") == 0
        assert of(group).filter(school_count__lt=2).update(region=Concat("name", Value("!"))) == 2
    found: list[tuple[Any, ...]] = sorted(of(group).values_list("name", "school_count", "region"))
    assert found[:3] == [("0", 0, "0!"), ("1", 1, "1!"), ("2", 2, None)]
    assert found[3:] == [("many", 13, None), ("many", 14, None)]


def test_update_and_delete_by_a_list_and_by_a_subquery(group: str) -> None:
    """Conditions over many ids, over another table and over its negation work in writing statements too."""
    with writing():
        ROWS.bulk_create([district(id=f"{group}-{n:03}", state=group, name=str(n)) for n in range(320)])
        assert of(group).filter(pk__in=[f"{group}-{n:03}" for n in range(300)]).update(region="in") == 300
        schools = School.objects.filter(pk="nobody").values("name")
        assert of(group).filter(name__in=schools).delete()[0] == 0
        assert of(group).exclude(region="in").delete()[0] == 20
        assert of(group).filter(pk__in=[f"{group}-{n:03}" for n in range(299)]).delete()[0] == 299
    assert names(group) == ["299"]


def test_bulk_create_keeps_or_replaces_rows_that_are_there(group: str) -> None:
    """`ignore_conflicts` leaves a row alone and `update_conflicts` sets the columns that are named."""
    keys = [f"{group}-{n}" for n in range(3)]
    with writing():
        ROWS.bulk_create([district(id=key, state=group, name="old", region="old") for key in keys[:2]])
        ROWS.bulk_create([district(id=key, state=group, name="kept") for key in keys], ignore_conflicts=True)
        assert names(group) == ["old", "old", "kept"]
        ROWS.bulk_create(
            [district(id=key, state=group, name="new", region="new") for key in keys[1:]],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["name"],
        )
    found: list[tuple[Any, ...]] = list(of(group).order_by("id").values_list("name", "region"))
    assert found == [("old", "old"), ("new", "old"), ("new", None)]


def test_bulk_create_in_portions_and_bulk_update(group: str) -> None:
    """Many rows go in portions, and each is set to a value of its own."""
    rows = [district(id=f"{group}-{n:03}", state=group, name=str(n)) for n in range(60)]
    with writing():
        ROWS.bulk_create(rows, batch_size=25)
        for row in rows:
            row.name = f"{row.name}!"
        ROWS.bulk_update(rows[:30], ["name"])
    assert sorted(names(group)) == sorted([f"{n}!" for n in range(30)] + [str(n) for n in range(30, 60)])


def test_get_or_create_and_update_or_create(group: str) -> None:
    """A row is made once and found the second time."""
    defaults: dict[str, Any] = {"name": "first", "subscription_tier": "free", "is_active": True}
    with writing():
        assert ROWS.get_or_create(state=group, defaults=defaults)[1]
        assert not ROWS.get_or_create(state=group, defaults=defaults | {"name": "other"})[1]
        assert not ROWS.update_or_create(state=group, defaults={"name": "second"})[1]
    assert names(group) == ["second"]


def test_a_second_row_with_the_same_id(contract: Contract, group: str) -> None:
    """A plain insert of an id that is there is refused where keys are enforced."""
    row = district(state=group)
    outcome = "kept twice"
    with writing():
        row.save(force_insert=True)
        try:
            row.save(force_insert=True)
        except IntegrityError:
            outcome = "refused"
    assert outcome == expected("a second row with the same id", contract.engine)
    assert of(group).count() == (2 if outcome == "kept twice" else 1)


def test_null_in_a_required_column(contract: Contract, group: str) -> None:
    """No engine takes NULL where the catalog says NOT NULL, whoever writes."""
    row = district(state=group)
    row.__dict__["name"] = None
    with writing(), pytest.raises(IntegrityError) as refused:
        row.save(force_insert=True)
    assert type(refused.value).__name__ == expected("NULL in a required column", contract.engine)
    assert of(group).count() == 0


def test_rolling_back(contract: Contract, group: str) -> None:
    """What was written before an error is undone where there are transactions."""
    with writing(), pytest.raises(ZeroDivisionError), transaction.atomic(using="warehouse"):
        district(state=group).save(force_insert=True)
        raise ZeroDivisionError
    assert of(group).count() == (1 if expected("rolling back", contract.engine) == "stays" else 0)


def test_the_guard_sees_every_writing_statement(group: str) -> None:
    """Without permission nothing is sent, whatever words the engine has for writing."""
    writes = [
        lambda: district(state=group).save(force_insert=True),
        lambda: ROWS.bulk_create([district(state=group)]),
        lambda: ROWS.bulk_create([district(state=group)], ignore_conflicts=True),
        lambda: of(group).update(name="x"),
        lambda: of(group).delete(),
    ]
    for write in writes:
        with pytest.raises(WriteOutsideGateway):
            write()
    assert of(group).count() == 0


def test_after_an_error_the_connection_goes_on() -> None:
    """A statement that the engine refuses leaves the connection fit for the next."""
    with connections["warehouse"].cursor() as cursor:
        with pytest.raises(Exception, match=r"(?i)nothing_of_the_kind"):
            cursor.execute("SELECT nothing_of_the_kind FROM nothing_of_the_kind")
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
