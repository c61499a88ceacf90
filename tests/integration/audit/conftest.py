"""People who look at the log of two schools, and the sealer at work on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from audit.proof.jobs import SEAL
from audit.proof.steps import start_sealing
from classwaves_admin.accounts.models import User
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people


@dataclass(frozen=True)
class Schools:
    """Two schools that have nothing to do with each other."""

    harbour: School
    hill: School


@pytest.fixture
def schools() -> Schools:
    """Save Harbour School and Hill School, with nothing remembered of earlier tests."""
    cache.clear()
    return Schools(make.school(name="Harbour School"), make.school(name="Hill School"))


@pytest.fixture
def office(client: Client, schools: Schools) -> Client:
    """Rivera, the office of Harbour School, signed in."""
    user, _ = people.staff(school=schools.harbour)
    client.force_login(user)
    return client


def signed_in(user: User) -> Client:
    """Return a browser of its own in which the person is signed in."""
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def seal() -> Callable[[], None]:
    """Return a function that lets a whole round of sealing run."""

    def run() -> None:
        with inside(EVERYTHING):
            with transaction.atomic():
                job = start_sealing(by=system("seal"), now=clock.now())
            assert job is not None
            for _ in range(50):
                if not running.run(job.pk):
                    break
            job.refresh_from_db()
            assert (job.kind, job.state) == (SEAL, "done"), job.failure
            delivery.deliver(even_if_resting=True)
            Job.objects.filter(kind=SEAL).delete()

    return run
