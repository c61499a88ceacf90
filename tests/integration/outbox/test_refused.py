"""Whose fault a failure is: an entry's own, found among thousands, or the warehouse's, which is waited for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DataError, OperationalError, ProgrammingError

from classwaves_admin.warehouse.outbox import apply, delivery, queries
from classwaves_admin.warehouse.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
Apply = Callable[..., None]


def put(number: int, *, bad: tuple[int, ...] = ()) -> None:
    """Put `number` changes of as many students, each of a transaction of its own."""
    for place in range(number):
        column = "gone" if place in bad else "grade_level"
        OutboxEntry.objects.create(
            unit=str(place), table="users.students", row_id=f"s-{place}", operation="update", payload={column: "9"}
        )


class MissingGrant(Exception):
    """What a driver raises where the warehouse names the grant that is missing."""

    sqlstate = "42501"
    privilege = "MODIFY"
    securable = "classwaves.users.students"


def failing(error: Exception, cause: Exception) -> Apply:
    """Return an `apply` that fails with `error`."""

    def refuse(*args: object, **options: object) -> None:
        raise error from cause

    return refuse


def test_the_bad_ones_are_found_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bad entries among 200 are stuck, all others arrive, in a few dozen statements."""
    put(200, bad=(17, 130))
    plain, sizes = apply.apply, []

    def counting(entries: list[OutboxEntry], *, keep: Callable[[], None]) -> None:
        sizes.append(len(entries))
        plain(entries, keep=keep)

    monkeypatch.setattr(delivery, "apply", counting)
    outcome = delivery.deliver()
    assert (outcome.delivered, outcome.stuck) == (198, 2)
    assert [entry.row_id for entry in queries.stuck_entries()] == ["s-17", "s-130"]
    assert len(sizes) < 40


def test_a_missing_grant_is_waited_for_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's change is given up because the portal's own account lacks a grant."""
    put(3)
    monkeypatch.setattr(delivery, "apply", failing(ProgrammingError("text of the row"), MissingGrant()))
    for _ in range(12):
        outcome = delivery.deliver(even_if_resting=True)
        assert outcome.failed
        assert not outcome.stuck
    assert queries.summary().waiting == 3
    assert "GRANT MODIFY ON TABLE classwaves.users.students TO" in queries.summary().delivery.last_error


def test_a_refused_value_is_the_entrys_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the warehouse cannot hold is stuck at once, and its text is kept nowhere."""
    put(1)
    monkeypatch.setattr(delivery, "apply", failing(DataError("Maya"), ValueError("Maya")))
    assert delivery.deliver().stuck == 1
    assert queries.stuck_entries()[0].last_error == "DataError"


def test_an_outage_that_has_just_ended_blames_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """After hours of trying, a statement fails for the last time and the warehouse is back a moment later."""
    put(1)
    OutboxEntry.objects.update(attempts=delivery.PATIENCE_WITH_ENTRY)
    plain, tries = apply.apply, []

    def ending(entries: list[OutboxEntry], *, keep: Callable[[], None]) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("cut")
        plain(entries, keep=keep)

    monkeypatch.setattr(delivery, "apply", ending)
    outcome = delivery.deliver()
    assert (outcome.delivered, outcome.stuck) == (1, 0)


def test_an_entry_that_fails_while_the_warehouse_answers_is_stuck_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that cuts every connection does not hold back the rest for ever."""
    put(1)
    OutboxEntry.objects.update(attempts=delivery.PATIENCE_WITH_ENTRY)
    monkeypatch.setattr(delivery, "apply", failing(OperationalError("cut"), ConnectionResetError()))
    assert delivery.deliver().stuck == 1
