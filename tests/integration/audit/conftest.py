"""People who look at the log of two schools."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.warehouse.models import School
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
