"""What retention removes was read in the same breath, and no change that waits brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District
from classwaves_admin.warehouse.outbox import codec, removal
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


@pytest.fixture(autouse=True)
def _everything() -> Iterator[None]:
    with system_scope(reason="test"):
        yield


def ids(found: list[tuple[Any, ...]]) -> list[str]:
    """Choose every row that was read."""
    return [row[0] for row in found]


def keys() -> Any:
    """Return the rows as removal takes them."""
    return District.objects.order_by("id").values_list("pk")


def test_exactly_the_chosen_rows_go() -> None:
    """Of what was read, what is chosen goes; the number says how many."""
    for number in range(3):
        make.district(id=f"d-{number}")
    assert removal.remove(keys(), lambda found: ids(found)[1:]) == 2
    assert list(District.objects.values_list("pk", flat=True)) == ["d-0"]
    assert removal.remove(keys(), lambda _: []) == 0


def test_of_rows_with_a_reason_those_without_go() -> None:
    """What is read beside the key arrives as it is, and ids may hold any character."""
    for number, name in enumerate(["plain", 'quo"ted', "line\nbreak", "школа"]):
        make.district(id=name, name=f"District {number}")
    rows = District.objects.order_by("id").values_list("pk", "name")
    assert removal.remove(rows, lambda found: [key for key, name in found if name != "District 0"]) == 3
    assert list(District.objects.values_list("pk", flat=True)) == ["plain"]


def test_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two removals lies a while, of which what is done meanwhile is a part."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    breath = removal.Breath(60.0)
    for _ in range(2):
        removal.remove(keys(), ids, breath)
    assert waits[0] == 0
    assert 0 < waits[1] < 60
    assert 0 < breath.held < 60


def test_nothing_goes_where_the_choice_fails() -> None:
    """Whoever sees something unknown among the rows raises, and all of them stay."""

    def refuse(_: list[tuple[Any, ...]]) -> list[str]:
        raise LookupError("a row that nobody knows")

    make.district()
    with pytest.raises(LookupError):
        removal.remove(keys(), refuse)
    assert District.objects.count() == 1


def test_a_change_that_waits_is_delivered_first() -> None:
    """It would write the row anew after its removal."""
    row = make.district(id="d-1")
    whole = codec.encode(District, codec.row_values(row))
    OutboxEntry.objects.create(unit="u", table="admin.districts", row_id="d-1", operation="insert", payload=whole)
    assert removal.remove(keys(), ids) == 1
    assert not District.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_a_row_with_a_change_that_cannot_be_delivered_stays() -> None:
    """A stuck change may be let through later: until somebody has decided, its row stays, and so do those beside it."""
    for number in range(2):
        make.district(id=f"d-{number}")
    stuck = {"unit": "u", "table": "admin.districts", "operation": "update", "payload": {"name": "x"}}
    OutboxEntry.objects.create(row_id="d-1", stuck_at=now(), **stuck)
    with pytest.raises(removal.ChangesWait):
        removal.remove(keys(), ids)
    assert District.objects.count() == 2
    assert removal.remove(keys(), lambda _: ["d-0"]) == 1
