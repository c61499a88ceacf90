"""A school of a district, its office of two, and the district's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make
from tests.factories import people


@pytest.fixture(autouse=True)
def _everything() -> Iterator[None]:
    """Let the test itself look at every school; the pages open their own scope."""
    cache.clear()
    with system_scope(reason="test"):
        yield
    cache.clear()


@pytest.fixture
def district() -> str:
    """Return a district."""
    return str(make.district(name="Bay District").pk)


@pytest.fixture
def school(district: str) -> School:
    """Return a school of the district."""
    found = make.school(name="Harbour School", domain="harbour.example")
    make.setting(school=found, key="district_id", value=district)
    return found


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of the school's office."""
    return _browser(people.staff(school=school, email="rivera@harbour.example")[0])


@pytest.fixture
def colleague(school: School) -> Client:
    """Return the browser of another administrator of the school."""
    return _browser(people.staff(school=school, email="okafor@harbour.example")[0])


@pytest.fixture
def district_office(district: str, school: School) -> Client:
    """Return the browser of the district's office."""
    return _browser(people.member("district_admin", email="lin@bay.example", district=district))


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
