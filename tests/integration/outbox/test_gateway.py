"""The gateway: changes and their order survive, arrive once, and wait behind what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connections, transaction
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from audit.record import record
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, Message, School, Student
from classwaves_admin.warehouse.outbox import apply, codec, delivery, gateway, merges, queries, rows
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry
from classwaves_admin.warehouse.outbox.runs import runs
from tests.factories import catalog as make
from tests.integration.outbox.entries import put_entry

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
Capture = Callable[..., AbstractContextManager[list[Callable[[], None]]]]
BY = system("test")


def waiting() -> list[tuple[str, str]]:
    """Return operation and table of what waits, in order."""
    return list(OutboxEntry.objects.order_by("id").values_list("operation", "table"))


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_a_write_outside_a_transaction_is_refused() -> None:
    """A row change cannot part from its audit event, because both need one transaction."""
    with pytest.raises(gateway.OutsideTransaction, match="atomic"):
        gateway.delete(Student, "s-1")


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_a_committed_change_is_in_the_warehouse_when_the_action_returns() -> None:
    """On a healthy warehouse a person reads their own write."""
    student = make.student(has_parental_consent=False)
    with transaction.atomic():
        record("consent.verified", by=BY, school_id=student.school_id, resource=("student", student.pk))
        gateway.update(Student, student.pk, has_parental_consent=True)
    with inside(EVERYTHING):
        assert Student.objects.get(pk=student.pk).has_parental_consent
        assert AuditLog.objects.get().event_type == "consent.verified"
    assert not gateway.pending()


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_where_a_statement_is_dear_the_log_of_a_page_waits_for_the_worker(
    monkeypatch: pytest.MonkeyPatch, frozen_now: time_machine.Traveller
) -> None:
    """A page that only looks sends no MERGE, and no page speaks of it until half a minute has passed."""
    monkeypatch.setattr(gateway, "distributed", lambda: True)
    student = make.student()
    with transaction.atomic():
        record("student.viewed", by=BY, school_id=student.school_id, resource=("student", student.pk))
    assert len(waiting()) == 1
    assert not gateway.pending()
    frozen_now.shift(gateway.FRESH)
    assert gateway.pending()


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_an_action_takes_the_waiting_log_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person changes is delivered at once on every engine, and what was logged before it goes first."""
    monkeypatch.setattr(gateway, "distributed", lambda: True)
    student = make.student()
    with transaction.atomic():
        record("student.viewed", by=BY, school_id=student.school_id, resource=("student", student.pk))
    with transaction.atomic():
        gateway.update(Student, student.pk, has_parental_consent=True)
    assert waiting() == []
    with inside(EVERYTHING):
        assert AuditLog.objects.get().event_type == "student.viewed"


@pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)
def test_a_rolled_back_action_leaves_nothing() -> None:
    """Neither the change nor its audit event is seen after a rollback."""
    student = make.student()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        gateway.delete(Student, student.pk)
        record("student.viewed", by=BY, school_id=student.school_id, resource=("student", student.pk))
        raise ZeroDivisionError
    assert waiting() == []
    with inside(EVERYTHING):
        assert Student.objects.filter(pk=student.pk).exists()


def test_entries_keep_the_order_in_which_the_action_wrote_them() -> None:
    """Consent row, audit event, flag last: delivery applies them in that order."""
    student = make.student()
    with transaction.atomic():
        gateway.delete(Message, "m-1")
        record("consent.verified", by=BY, school_id=student.school_id, resource=("student", student.pk))
        gateway.update(Student, student.pk, has_parental_consent=True)
    assert waiting() == [
        ("delete", "communication.messages"),
        ("insert", "compliance.audit_log"),
        ("update", "users.students"),
    ]
    assert OutboxEntry.objects.values("unit").distinct().count() == 1


def test_a_column_that_does_not_exist_fails_in_the_action() -> None:
    """A mistyped column name is found before anything is saved."""
    with pytest.raises(FieldDoesNotExist):
        gateway.update(Student, "s-1", has_consent=True)


def test_a_value_that_the_column_cannot_hold_fails_in_the_action() -> None:
    """A wrong type is found before anything is saved."""
    with pytest.raises(ValidationError):
        gateway.update(School, "s-1", max_teachers="many")


@given(
    moment=st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC)),
    score=st.decimals(Decimal("-999.99"), Decimal("999.99"), places=2),
    title=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50),
)
def test_a_row_keeps_every_microsecond_digit_and_character(moment: datetime, score: Decimal, title: str) -> None:
    """What comes out of the outbox equals what went in."""
    values = {"actual_start": moment, "engagement_score": score, "title": title, "description": None}
    assert codec.decode(ClassroomSession, codec.encode(ClassroomSession, values)) == values


def test_a_second_delivery_of_the_same_entries_changes_nothing() -> None:
    """A crash between applying and forgetting is harmless."""
    student = make.student(display_name="Ada B.")
    with transaction.atomic():
        record("student.viewed", by=BY, school_id=student.school_id, resource=("student", student.pk))
        gateway.update(Student, student.pk, display_name="Ada C.")
        gateway.delete(Student, student.pk)
    entries = list(OutboxEntry.objects.order_by("id"))
    apply.apply(entries)
    apply.apply(entries)
    with inside(EVERYTHING):
        assert AuditLog.objects.count() == 1
        assert not Student.objects.exists()


def test_a_run_never_holds_one_row_twice() -> None:
    """PostgreSQL refuses a statement that writes a row twice, so the second write starts a new run."""
    school = make.school(name="First")
    with transaction.atomic():
        gateway.insert(school)
        school.name = "Second"
        gateway.insert(school)
    entries = list(OutboxEntry.objects.order_by("id"))
    for joined in (rows.JOINED, merges.JOINED):
        assert [len(run) for run in runs(entries, joined)] == [1, 1]
    delivery.deliver()
    with inside(EVERYTHING):
        assert School.objects.get().name == "Second"


def _poison(student_id: str) -> None:
    """Put an entry that no warehouse takes: a payload of a column that a release removed."""
    OutboxEntry.objects.create(
        unit="poison", table="users.students", row_id=student_id, operation=Operation.UPDATE, payload={"gone": 1}
    )


def test_a_refused_entry_is_stuck_and_holds_back_only_its_row_and_its_transaction() -> None:
    """One bad entry does not stop the school; what depends on it waits in order."""
    bad, good = make.student(display_name="Before"), make.student(display_name="Before")
    _poison(bad.pk)
    OutboxEntry.objects.create(
        unit="poison", table="users.students", row_id=good.pk, operation="update", payload={"grade_level": "9"}
    )
    with transaction.atomic():
        gateway.update(Student, bad.pk, display_name="After")
    OutboxEntry.objects.filter(unit__startswith="0").update(unit="another")
    OutboxEntry.objects.create(
        unit="free", table="users.students", row_id="other", operation="update", payload={"grade_level": "9"}
    )
    outcome = delivery.deliver()
    assert (outcome.delivered, outcome.stuck) == (1, 1)
    assert [entry.last_error for entry in queries.stuck_entries()] == ["FieldDoesNotExist"]
    with inside(EVERYTHING):
        assert Student.objects.get(pk=bad.pk).display_name == "Before"
        assert Student.objects.get(pk=good.pk).grade_level == good.grade_level


def test_a_discarded_entry_lets_the_rest_go_on() -> None:
    """After someone gives a stuck entry up, what waited behind it arrives."""
    student = make.student(display_name="Before")
    _poison(student.pk)
    OutboxEntry.objects.create(
        unit="next", table="users.students", row_id=student.pk, operation="update", payload={"display_name": "After"}
    )
    delivery.deliver()
    (stuck,) = queries.stuck_entries()
    queries.discard(stuck.pk)
    delivery.deliver()
    with inside(EVERYTHING):
        assert Student.objects.get().display_name == "After"
    assert queries.summary().waiting == 0


def test_a_stuck_entry_never_repeats_what_the_row_holds() -> None:
    """The reason that people see is the kind of error, never its text, which may quote a child's row."""
    make.student(pk="s-1")
    OutboxEntry.objects.create(
        unit="u", table="users.students", row_id="s-1", operation="update", payload={"created_at": "Maya's birthday"}
    )
    delivery.deliver()
    (stuck,) = queries.stuck_entries()
    assert stuck.last_error == "ValidationError"


SAMPLES = {
    "STRING": "Maya’s 漢字",
    "INT": 2_147_483_647,
    "BIGINT": 9_007_199_254_740_993,
    "BOOLEAN": True,
    "TIMESTAMP": datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC),
    "MAP<STRING,STRING>": {"key": "value", "none": None},
    "ARRAY<STRING>": ["one", "two"],
}


def sample_of(field: Any) -> Any:
    """Return a value that fills the column to its last digit."""
    if field.catalog_type.startswith("DECIMAL"):
        return Decimal("9" * (field.max_digits - field.decimal_places) + "." + "9" * field.decimal_places)
    return SAMPLES[field.catalog_type]


@pytest.mark.parametrize("table", sorted(codec.tables()))
def test_every_table_arrives_with_every_column(table: str) -> None:
    """A full row of each of the 27 tables goes through the outbox and is in the warehouse unchanged."""
    model = codec.tables()[table]
    row = model(**{field.attname: sample_of(field) for field in model._meta.concrete_fields})
    with transaction.atomic():
        gateway.insert(row)
    delivery.deliver()
    arrived = model._base_manager.using("warehouse").get()
    assert codec.row_values(arrived) == codec.row_values(row)


def test_the_catalog_has_27_tables() -> None:
    """No table is left out of the walk above."""
    assert len(codec.tables()) == 27


def test_no_entry_is_left_in_the_guard() -> None:
    """After a delivery the catalog is closed to writes again."""
    delivery.deliver()
    with pytest.raises(guard.WriteOutsideGateway), connections["warehouse"].cursor() as cursor:
        cursor.execute('UPDATE "users.students" SET "grade_level" = 1')


def test_a_transaction_that_commits_between_two_batches_keeps_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are given before the commit: what shows up behind the reader is delivered before what follows it."""
    student = make.student(grade_level="1")
    first = OutboxEntry.objects.order_by("id").values_list("id", flat=True).last() or 0
    base = first + 100
    monkeypatch.setattr(delivery, "batch_size", lambda: 2)
    for place in (2, 4):
        put_entry("nobody", "1", unit=f"other-{place}", number=base + place)
    plain, late = apply.apply, [("2", base + 3), ("3", base + 5)]

    def applying(entries: list[OutboxEntry], *, keep: Callable[[], None]) -> None:
        plain(entries, keep=keep)
        while late:  # another process commits while the first batch is on its way
            grade, number = late.pop(0)
            put_entry(student.pk, grade, unit="late", number=number)

    monkeypatch.setattr(delivery, "apply", applying)
    assert delivery.deliver().delivered == 4
    with inside(EVERYTHING):
        assert Student.objects.get(pk=student.pk).grade_level == "3"


def test_a_page_delivers_no_long_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parent does not wait for what piled up overnight; the worker takes it."""
    monkeypatch.setattr(delivery, "batch_size", lambda: 1)
    for _ in range(3):
        put_entry("nobody", "9", unit="backlog")
    assert delivery.deliver(for_seconds=0).delivered == 1
    assert delivery.deliver().delivered == 2


def test_an_entry_that_is_being_tried_again_is_not_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people mend at once: one lets the change try again, so the other's giving up comes too late."""
    put_entry("nobody", "9", unit="two people")
    entry = OutboxEntry.objects.get()
    OutboxEntry.objects.update(stuck_at=now())
    plain = QuerySet.first

    def first(rows: QuerySet[OutboxEntry]) -> OutboxEntry | None:
        found = plain(rows)
        queries.release([entry.pk])
        return found

    monkeypatch.setattr(QuerySet, "first", first)
    assert queries.discard(entry.pk) is None
    assert OutboxEntry.objects.filter(pk=entry.pk, stuck_at=None).exists()
