"""Which disclosures belong into the record, which entry counts, and what a parent's copy may show."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.events import Basis
from audit.rules.disclosures import (
    EXEMPT,
    RECORDED,
    Entry,
    belongs_in_record,
    disclosure_of,
    for_parents,
    in_force,
    problems_of,
)

AT = datetime(2025, 3, 4, 15, tzinfo=UTC)
ENTRY = Entry(
    made=True,
    on=date(2025, 3, 3),
    basis=Basis.AUDIT_EVALUATION,
    party="Office",
    interest="Audit",
    records="Scores",
)


@dataclass
class Row:
    """A row of the log."""

    pk: str = "e-1"
    event_type: str = "disclosure.made"
    event_timestamp: datetime = AT
    school_id: str = "s-1"
    actor_id: str = "t-1"
    actor_type: str = "admin"
    resource_type: str = "disclosure"
    resource_id: str | None = "n-1"
    compliance_basis: str | None = Basis.AUDIT_EVALUATION
    data_accessed: str | None = None
    affected_student_ids: str | None = '["k-1"]'


def told(minutes: int = 0, **changed: Any) -> Row:
    """Return a row with `data` as JSON, so many minutes later."""
    data = changed.pop("data", {})
    return Row(
        pk=f"e-{minutes}", event_timestamp=AT + timedelta(minutes=minutes), data_accessed=json.dumps(data), **changed
    )


def test_the_latest_entry_of_a_number_counts() -> None:
    """A correction takes the place of what it corrects; other numbers stay."""
    rows = [told(0, data={"party": "A"}), told(5, resource_id="n-2"), told(9, data={"party": "B", "corrects": "e-0"})]
    found = in_force(disclosure_of(row) for row in reversed(rows))
    assert [(one.number, one.party) for one in found] == [("n-1", "B"), ("n-2", "")]


@pytest.mark.parametrize(
    ("basis", "data", "hidden"),
    [
        (Basis.SEALED, {}, True),
        (Basis.SUBPOENA, {"sealed": True}, True),
        (Basis.SUBPOENA, {"sealed": "Yes"}, True),
        (Basis.SUBPOENA, {}, False),
        (Basis.SUBPOENA, {"sealed": "no"}, False),
        (Basis.AUDIT_EVALUATION, {}, False),
    ],
)
def test_what_a_court_has_sealed_is_kept_from_parents(basis: Basis, data: dict[str, Any], hidden: bool) -> None:
    """99.31(a)(9)(ii): neither the subpoena nor that there was one."""
    found = for_parents([disclosure_of(told(compliance_basis=basis, data=data))])
    assert (found == []) is hidden


def test_a_number_that_was_ever_sealed_is_kept_from_parents_in_every_version() -> None:
    """An earlier or later entry of the same number would tell of it."""
    sealed, plain = told(0, compliance_basis=Basis.SEALED), told(1, compliance_basis=Basis.COURT_ORDER)
    assert for_parents([disclosure_of(sealed), disclosure_of(plain)]) == []
    assert for_parents([disclosure_of(plain)], [disclosure_of(sealed)]) == []


@pytest.mark.parametrize("basis", sorted(EXEMPT))
def test_exempt_disclosures_are_no_part_of_the_record(basis: Basis) -> None:
    """34 CFR 99.32(d)."""
    assert not belongs_in_record(disclosure_of(told(compliance_basis=basis)))
    assert basis not in RECORDED


@given(st.one_of(st.none(), st.text(), st.recursive(st.none() | st.text(), st.lists).map(json.dumps)))
def test_whatever_another_service_wrote_is_read(text: str | None) -> None:
    """No JSON, a list, a number: never an error, and always texts."""
    found = disclosure_of(Row(data_accessed=text))
    assert isinstance(found.party, str)
    assert found.on == AT


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"party": " "}, "party"),
        ({"records": ""}, "records"),
        ({"interest": "About Maya R. and others"}, "interest"),
        ({"on": date(2025, 3, 5)}, "on"),
        ({"basis": Basis.WRITTEN_CONSENT}, "basis"),
        ({"basis": Basis.EMERGENCY}, "threat"),
        ({"sealed": True}, "sealed"),
        ({"party": "x" * 301}, "party"),
    ],
)
def test_an_entry_is_refused_with_words_that_say_what_to_do(changed: dict[str, Any], field: str) -> None:
    """Each fault is told at its field."""
    assert list(problems_of(replace(ENTRY, **changed), today=date(2025, 3, 4), student="Maya R.")) == [field]


def test_a_whole_entry_is_taken() -> None:
    """Also one of an emergency with its threat, and a sealed subpoena."""
    whole: tuple[dict[str, Any], ...] = (
        {},
        {"basis": Basis.EMERGENCY, "threat": "Flood"},
        {"basis": Basis.SUBPOENA, "sealed": True},
    )
    for changed in whole:
        assert problems_of(replace(ENTRY, **changed), today=date(2025, 3, 4), student="Maya R.") == {}
