"""A log of two schools, and the sealer at work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from audit.proof.jobs import SEAL
from audit.proof.steps import start_sealing
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
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


@pytest.fixture
def seal() -> Callable[[], None]:
    """Return a function that lets a whole round of sealing run."""

    def run() -> None:
        with transaction.atomic():
            job = start_sealing(by=system("seal"), now=clock.now())
        assert job is not None
        for _ in range(50):
            if not running.run(job.pk):
                break
        job.refresh_from_db()
        assert (job.kind, job.state) == (SEAL, "done"), job.failure
        delivery.deliver(even_if_resting=True)
        Job.objects.all().delete()

    return run
