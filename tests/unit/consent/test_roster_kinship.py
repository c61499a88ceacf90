"""Vendors' words for kinship become authority only where the law gives it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.schools.names import display_name
from consent.roster.identity import Kind, row_id
from consent.roster.kinship import language_of, relationship_of
from consent.vocabulary import PARENTAL_RELATIONSHIPS


@pytest.mark.parametrize(
    ("role", "stated", "expected"),
    [
        ("parent", "", "parent"),
        ("guardian", "", "legal_guardian"),
        ("parent", "mother", "mother"),
        ("parent", "Father", "father"),
        ("parent", "Step-mother", "stepparent"),
        ("guardian", "Legal Guardian", "legal_guardian"),
        ("guardian", "Foster Parent", "foster_parent"),
        ("guardian", "grandmother", "grandparent_guardian"),
        ("parent", "grandmother", ""),
        ("parent", "neighbour", ""),
        ("guardian", "aunt", ""),
        ("guardian", "Emergency contact", ""),
        ("guardian", "other", ""),
        ("guardian", "Guardian", "legal_guardian"),
        ("parent", "Guardian", "legal_guardian"),
        ("parent", "adoptive mother", "mother"),
    ],
)
def test_relationships(role: str, stated: str, expected: str) -> None:
    """A grandparent has a parent's part only where the roster calls them guardian; whoever it calls aunt has none."""
    assert relationship_of(role=role, stated=stated) == expected


@given(st.text(max_size=40), st.sampled_from(["parent", "guardian", ""]))
def test_any_word_gives_a_parental_relationship_or_none(stated: str, role: str) -> None:
    """No word of a vendor makes anyone the student themselves or a school official."""
    found = relationship_of(role=role, stated=stated)
    assert not found or found in PARENTAL_RELATIONSHIPS


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("", ""), ("es", "es"), ("es-MX", "es"), ("Spanish", "es"), ("ENG", "en"), ("Klingon", ""), ("fr", "")],
)
def test_languages(stated: str, expected: str) -> None:
    """A language that the portal does not write stays open."""
    assert language_of(stated) == expected


@pytest.mark.parametrize(
    ("given_name", "family", "expected"),
    [("Ana", "Ångström", "Ana Å."), (" Ana María ", "de la Cruz", "Ana María d."), ("伟", "王", "伟 王.")],
)
def test_display_names(given_name: str, family: str, expected: str) -> None:
    """The catalog keeps a first name and an initial."""
    assert display_name(given_name, family) == expected


def test_row_ids_are_stable_and_apart() -> None:
    """The same identifiers give the same row; another kind, district or split gives another."""
    assert row_id(Kind.STUDENT, "d-1", "k-1") == row_id(Kind.STUDENT, "d-1", "k-1")
    ids = {
        row_id(Kind.STUDENT, "d-1", "k-1"),
        row_id(Kind.AGE, "d-1", "k-1"),
        row_id(Kind.STUDENT, "d-2", "k-1"),
        row_id(Kind.GUARDIAN, "d", "a", "b"),
        row_id(Kind.GUARDIAN, "d", "ab"),
    }
    assert len(ids) == 5
