"""A log of two schools."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools

NOON = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _everywhere(frozen_now: object) -> Iterator[None]:
    """Run as a job does, at a certain time."""
    with inside(EVERYTHING):
        yield


@pytest.fixture
def log(schools: Schools) -> list[AuditLog]:
    """Save five rows of Harbour School on one day and three of Hill School."""
    return [
        make.audit_row(
            school=school,
            id=f"{name}-{number}",
            actor_id=f"actor-{number}",
            resource_id=f"student-{number}",
            ip_address="203.0.113.9",
            event_timestamp=NOON + timedelta(minutes=number),
        )
        for school, name, rows in ((schools.harbour, "harbour", 5), (schools.hill, "hill", 3))
        for number in range(rows)
    ]
