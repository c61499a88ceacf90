"""Whether an address is known to belong to a district that has no administrator yet."""

from __future__ import annotations

import pytest

from classwaves_admin.people.rules.first import belongs, domains_among

SCHOOLS = ("Harbour.example", "@hill.example", "gmail.com", "", None)


@pytest.mark.parametrize(
    ("address", "contact", "expected"),
    [
        ("new@harbour.example", None, True),
        (" New@HILL.example ", None, True),
        ("lin@district.example", "office@District.example", True),
        ("eve@gmail.com", None, False),
        ("eve@gmail.com", "office@gmail.com", False),
        ("office@gmail.com", "Office@gmail.com", True),
        ("eve@evil.harbour.example", None, False),
        ("eve@harbour.example.evil.example", None, False),
        ("eve@elsewhere.example", "office@district.example", False),
        ("nobody", None, False),
        ("", None, False),
    ],
)
def test_an_address_belongs_by_a_domain_of_the_district_alone(
    address: str, contact: str | None, expected: bool
) -> None:
    """Of its schools or its office; where anybody can have an address, the office's own alone."""
    assert belongs(address, domains=domains_among(SCHOOLS, contact), contact=contact) is expected
