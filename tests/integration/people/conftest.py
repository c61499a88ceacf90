"""A district with a school, and browsers of the people around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make
from tests.factories import people


def signed_in(user: User) -> Client:
    """Return a browser in which the person is signed in and has just shown who they are."""
    client = Client()
    client.force_login(user)
    return people.confirmed(client)


@pytest.fixture
def browser() -> Callable[[User], Client]:
    """Return a function that gives a person a browser."""
    return signed_in


@pytest.fixture
def school() -> School:
    """Save a school of district d-1 with a child."""
    cache.clear()
    make.district(pk="d-1", name="Harbour District")
    school = make.school(name="Harbour School", domain="harbour.example")
    make.setting(school=school, key="district_id", value="d-1")
    make.student(school=school, display_name="Quillon Z.")
    return school


@pytest.fixture
def dana(school: School) -> Client:
    """The district's administrator, signed in."""
    return signed_in(people.member("district_admin", email="dana@district.example", district="d-1"))


@pytest.fixture
def sam(school: School) -> Client:
    """Sam of ClassWaves, signed in."""
    return signed_in(people.member("super_admin", email="sam@classwaves.example"))
