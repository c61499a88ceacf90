"""Addresses of rows, written at once for a page of them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.views.links import row_addresses

# Other services choose the ids of their rows.
IDS = st.text(st.characters(codec="utf-8"), min_size=1)


@pytest.fixture(scope="module", autouse=True)
def _addresses() -> None:
    """Load all addresses once: the first example would take the time for it."""
    reverse("audit-list")


@given(ids=st.lists(IDS, max_size=5))
def test_addresses_are_those_that_django_writes(ids: list[str]) -> None:
    """Whatever an id holds, its address is the one that the page of the row answers to."""
    assert row_addresses(ids) == [reverse("audit-row", args=[one]) for one in ids]


def test_a_row_without_an_id_has_no_address() -> None:
    """Nothing would answer there."""
    assert row_addresses([""]) == [""]
