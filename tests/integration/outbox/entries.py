"""Entries of the outbox as a transaction leaves them."""

from __future__ import annotations

from classwaves_admin.warehouse.outbox.models import OutboxEntry


def put_entry(student_id: str, grade: str, *, unit: str, number: int | None = None) -> None:
    """Put an entry that sets a grade, with the number that the database gave its transaction."""
    OutboxEntry.objects.create(
        id=number, unit=unit, table="users.students", row_id=student_id, operation="update",
        payload={"grade_level": grade},
    )  # fmt: skip
