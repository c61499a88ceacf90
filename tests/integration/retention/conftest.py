"""A school with an office of two, and a district's view of every school."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make
from tests.factories import people


@pytest.fixture(autouse=True)
def _everything() -> Iterator[None]:
    """Let the test itself look at every school; the pages open their own scope."""
    with system_scope(reason="test"):
        yield


@pytest.fixture
def school() -> School:
    """Return a school with nothing set."""
    return make.school(name="Harbour School", domain="harbour.example")


def signed_in(school: School, email: str) -> Client:
    """Return the browser of an administrator of the school, who has just shown the second factor."""
    client = Client()
    client.force_login(people.staff(school=school, email=email)[0])
    return people.confirmed(client)


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of the school's office."""
    return signed_in(school, "rivera@harbour.example")


@pytest.fixture
def colleague(school: School) -> Client:
    """Return the browser of another administrator of the school."""
    return signed_in(school, "okafor@harbour.example")
