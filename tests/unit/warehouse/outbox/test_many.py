"""Entries about many rows mean what as many entries about one row mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import District
from classwaves_admin.warehouse.outbox import codec
from classwaves_admin.warehouse.outbox.apply import apply
from classwaves_admin.warehouse.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
AT = datetime(2025, 3, 4, 15, tzinfo=UTC)
TABLE = "admin.districts"
KEYS = st.lists(st.sampled_from(["d-1", "d-2", "d-3", "d-4"]), min_size=1, unique=True)
WHOLE = codec.row_values(
    District(
        state="", subscription_tier="free", is_active=True, student_count=0, school_count=0, teacher_count=0,
        created_at=AT, updated_at=AT,
    )
)  # fmt: skip
SHARED = {name: value for name, value in WHOLE.items() if name not in {"id", "name", "region"}}

Change = tuple[str, list[str], str]


def as_many(change: Change) -> OutboxEntry:
    """Return one entry about all rows of the change."""
    operation, keys, word = change
    columns, shared = {"inserts": (["id", "name", "region"], SHARED), "updates": (["id", "name"], {})}.get(
        operation, (["id"], {})
    )
    rows = [[key, f"{word} {key}", word][: len(columns)] for key in keys]
    payload = codec.encode_many(District, columns, rows, shared)
    return OutboxEntry(table=TABLE, row_id=keys[0], operation=operation, payload=payload, unit=word)


def one_by_one(change: Change) -> list[OutboxEntry]:
    """Return an entry for each row of the change."""
    whole = as_many(change)
    entries = []
    for row_id, values in zip(whole.row_ids, whole.values(), strict=True):
        payload = {name: value for name, value in values.items() if name != "id" or whole.verb == "insert"}
        entries.append(OutboxEntry(table=TABLE, row_id=row_id, operation=whole.verb, payload=payload, unit=whole.unit))
    return entries


def after(entries: list[OutboxEntry]) -> list[tuple[Any, ...]]:
    """Return the rows after delivery of the entries, and of all of them again; leave the table empty."""
    with transaction.atomic(using="warehouse"), system_scope(reason="test"):
        apply(entries)
        apply(entries)
        found = list(District.objects.order_by("id").values_list("id", "name", "region", "state", "created_at"))
        with writing():
            District.objects.all().delete()
    return found


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["inserts", "updates", "deletes"]), KEYS, st.sampled_from("abc")),
        max_size=12,
    )
)
def test_many_at_once_is_as_one_by_one(changes: list[Change]) -> None:
    """Any order of whole rows, changes and removals leaves the same table, delivered once or twice."""
    singly = [entry for change in changes for entry in one_by_one(change)]
    assert after([as_many(change) for change in changes]) == after(singly)
