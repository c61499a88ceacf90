"""What may stand in an age record, what a change leads to, and what the log tells of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.age_changes import AgeValues, Around, MostDays, consequences, problems
from consent.rules.age_history import told
from consent.rules.effective import Circumstances
from consent.rules.limits import LIMITS
from tests.unit.consent.rules.rows import granted

NOW = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)
CHILD, TEEN, ADULT = Circumstances(), Circumstances(under_13=False), Circumstances(under_13=False, adult=True)
OPEN: dict[str, Any] = dict.fromkeys(LIMITS, False)
MOST = MostDays(395, 1095)
VALUES = AgeValues(2016, "sis_dob", False, True, True, True, True, 395, True)


@pytest.mark.parametrize(
    ("changed", "about", "fields"),
    [
        ({}, CHILD, set()),
        ({"method": "unknown"}, CHILD, {"method"}),
        ({"birth_year": None}, CHILD, {"birth_year"}),
        ({"birth_year": None, "method": "unknown"}, CHILD, set()),
        ({"adult": True}, CHILD, {"birth_year"}),
        ({"birth_year": 2007, "adult": True, "parent_access_enabled": False}, ADULT, set()),
        ({"birth_year": 2006, "adult": True, "parent_access_enabled": False}, ADULT, {"birth_year"}),
        ({"birth_year": 2006}, ADULT, {"parent_access_enabled"}),
        ({"delete_after_days": 396}, CHILD, {"delete_after_days"}),
        ({"delete_after_days": 396}, TEEN, set()),
        ({"delete_after_days": 1096}, TEEN, {"delete_after_days"}),
        ({"delete_after_days": 0}, TEEN, {"delete_after_days"}),
        ({"delete_after_days": None}, CHILD, set()),
        ({"auto_delete_enabled": False}, CHILD, {"auto_delete_enabled"}),
        ({"auto_delete_enabled": False}, TEEN, set()),
        (dict.fromkeys(LIMITS, False), CHILD, set(LIMITS)),
        (dict.fromkeys(LIMITS, False), TEEN, set()),
    ],
)
def test_what_cannot_stand(changed: dict[str, Any], about: Circumstances, fields: set[str]) -> None:
    """Each problem is said at its own field."""
    assert {problem.field for problem in problems(replace(VALUES, **changed), [], about, NOW, MOST)} == fields


def test_with_consent_sharing_alone_must_stay_closed() -> None:
    """And the words name the consent that is missing."""
    (problem,) = problems(replace(VALUES, **OPEN), [granted()], CHILD, NOW, MOST)
    assert problem.field == "no_third_party_sharing"
    assert "312.5(a)(2)" in problem.words


@pytest.mark.parametrize(
    ("old", "new", "around", "words"),
    [
        (CHILD, TEEN, Around(), ["Nothing is switched on by that", "keep their rules"]),
        (TEEN, CHILD, Around(), ["a parent must consent"]),
        (
            TEEN,
            ADULT,
            Around(2, 1, has_address=True),
            ["34 CFR 99.5", "2 consents of parents: suspended", "1 open request to parents: ended", "is asked for"],
        ),
        (TEEN, ADULT, Around(), ["34 CFR 99.5", "no e-mail address"]),
        (ADULT, TEEN, Around(), ["go back to the parents", "stays off until you switch it on"]),
    ],
)
def test_what_a_turn_leads_to(old: Circumstances, new: Circumstances, around: Around, words: list[str]) -> None:
    """In words and numbers, before anything is saved."""
    said = " ".join(consequences(VALUES, VALUES, old, new, around))
    for one in words:
        assert one in said
    assert "0 " not in said


def test_nothing_follows_from_no_change() -> None:
    """The form then saves nothing."""
    assert consequences(VALUES, VALUES, TEEN, TEEN, Around()) == []


@pytest.mark.parametrize("name", [*LIMITS, "auto_delete_enabled", "parent_access_enabled"])
def test_each_switch_is_named_both_ways(name: str) -> None:
    """On and off are two sentences."""
    changed: dict[str, Any] = {name: False}
    off = replace(VALUES, **changed)
    (lifted,), (set_again,) = (
        consequences(VALUES, off, TEEN, TEEN, Around()),
        consequences(off, VALUES, TEEN, TEEN, Around()),
    )
    assert lifted != set_again


def test_days_and_years_are_named() -> None:
    """A number stands in the sentence."""
    shorter = replace(VALUES, delete_after_days=1, birth_year=2015)
    assert consequences(VALUES, shorter, CHILD, CHILD, Around()) == [
        "The birth year on record is 2015.",
        "Data are deleted after 1 day.",
    ]
    unknown = replace(VALUES, delete_after_days=None, birth_year=None, method="unknown")
    assert "counts as under 13" in consequences(VALUES, unknown, CHILD, CHILD, Around())[0]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda one: st.lists(one) | st.dictionaries(
        st.sampled_from(["under_13", "limited", "set", "lifted", "changed", "why", "adult", "requests_ended", "x"]), one
    ), max_leaves=12,
)  # fmt: skip


@given(st.none() | st.text(max_size=20), st.none() | st.text(max_size=9), anything.map(json.dumps) | st.text())
def test_any_row_of_the_log_can_be_told(event: str | None, actor: str | None, data: str) -> None:
    """Other services write what they like; nothing raises, and no text of theirs is repeated as a detail."""
    said = told(event, actor, data)
    assert said.title
    assert said.actor
    assert all(isinstance(detail, str) for detail in said.details)


def test_a_row_of_ours_is_told_in_words() -> None:
    """Columns by their names for people."""
    data = {"limited": ["data_collection_limited", "ssn"], "why": "no_verified_consent", "under_13": True}
    said = told("coppa.status_changed", "system", json.dumps(data))
    assert (said.title, said.actor) == ("Age status changed", "The portal")
    assert said.details == (
        "Under 13",
        "Limited: limit on collection",
        "No verified consent of a parent was in force",
    )
