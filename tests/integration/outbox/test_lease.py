"""One process delivers at a time, and one that dies or sleeps holds up nobody for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.outbox import apply, delivery, lease
from classwaves_admin.warehouse.outbox.models import DeliveryState, OutboxEntry
from tests.factories import catalog as make
from tests.integration.outbox.entries import put_entry

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def test_only_one_process_delivers_at_a_time() -> None:
    """A second deliverer finds the lease taken and leaves the order alone."""
    assert lease.take("first", even_if_resting=False)
    assert delivery.deliver().busy
    lease.release("first")
    assert not delivery.deliver().busy


def test_the_lease_of_a_dead_process_ends_by_itself(frozen_now: time_machine.Traveller) -> None:
    """After kill -9 another process takes over when the lease has run out."""
    assert lease.take("dead", even_if_resting=False)
    frozen_now.shift(lease.LEASE + timedelta(seconds=1))
    assert lease.take("next", even_if_resting=False)
    assert not lease.renew("dead")


def test_pauses_grow_and_end_with_the_first_success(frozen_now: time_machine.Traveller) -> None:
    """A failing warehouse is asked after 1, 2, 4 … seconds, never later than five minutes."""
    start = now()
    pauses = [(lease.failed("OperationalError") - start).total_seconds() for _ in range(12)]
    for number, pause in enumerate(pauses):
        assert 0.8 * min(2**number, 300) <= pause <= 1.2 * min(2**number, 300)
    assert lease.resting()
    lease.succeeded(1)
    assert not lease.resting()


def test_a_slow_batch_keeps_the_lease(monkeypatch: pytest.MonkeyPatch, frozen_now: time_machine.Traveller) -> None:
    """A batch of many statements may take longer than the lease; no second process starts meanwhile."""
    students = [make.student() for _ in range(4)]
    for student in students:
        put_entry(student.pk, "9", unit="slow")
    plain, seen = apply._apply_run, []

    def slowly(run: list[OutboxEntry], keep: Callable[[], None]) -> None:
        seen.append(lease.take("second", even_if_resting=True))
        plain(run, keep)
        frozen_now.shift(lease.LEASE * 0.6)

    monkeypatch.setattr(apply, "_apply_run", slowly)
    monkeypatch.setattr(lease, "RENEW_AFTER", 0.0)
    assert delivery.deliver().delivered == 4
    assert seen == [False] * 4


def test_a_deliverer_that_lost_its_lease_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a successor may have written is not written again by the one before."""
    student = make.student(grade_level="1")
    for grade in ("2", "3"):
        put_entry(student.pk, grade, unit="lost")
    plain = apply._apply_run

    def losing(run: list[OutboxEntry], keep: Callable[[], None]) -> None:
        plain(run, keep)
        DeliveryState.objects.update(holder="successor", held_until=now() + lease.LEASE)

    monkeypatch.setattr(apply, "_apply_run", losing)
    monkeypatch.setattr(lease, "RENEW_AFTER", 0.0)
    delivery.deliver()
    assert OutboxEntry.objects.filter(unit="lost").count() == 2
    assert lease.state().holder == "successor"


def test_a_clock_that_was_set_back_stops_no_delivery(frozen_now: time_machine.Traveller) -> None:
    """A lease or a pause cannot end later than it may last."""
    frozen_now.shift(timedelta(hours=5))
    assert lease.take("ahead of time", even_if_resting=False)
    frozen_now.shift(timedelta(hours=-5))
    assert lease.take("next", even_if_resting=False)
    lease.release("next")
    frozen_now.shift(timedelta(hours=5))
    lease.failed("OperationalError")
    frozen_now.shift(timedelta(hours=-5))
    assert not lease.resting()
    assert not delivery.deliver().resting
