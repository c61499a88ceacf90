"""Ages, methods, dependencies, whom to ask, expiry, states of a request, names: by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.rules.ages import is_adult, is_under_13, year_everywhere
from consent.rules.asking import Candidate, Skip, why_not
from consent.rules.dependencies import contradictions, needed_for, settled
from consent.rules.expiry import expires_at
from consent.rules.invitations import Times, state_of
from consent.rules.methods import email_plus_allowed, is_parental
from consent.rules.names import first_name
from consent.vocabulary import ConsentType, InvitationState
from tests.unit.consent.rules.rows import DAY, NOW

S, A, AI, T = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI, ConsentType.THIRD_PARTY


@pytest.mark.parametrize(
    ("birth_year", "under_13", "adult"),
    [(None, True, False), (2030, True, False), (2016, True, False), (2012, True, False), (2011, False, False),
     (2007, False, False), (2006, False, True), (1990, False, True)],
)  # fmt: skip
def test_a_birth_year_decides_on_the_safe_side(birth_year: int | None, under_13: bool, adult: bool) -> None:
    """In 2025 a child of 2012 may still be 12, and a student of 2007 may still be 17."""
    assert is_under_13(birth_year, 2025) is under_13
    assert is_adult(birth_year, 2025) is adult


def test_the_schools_word_decides_in_the_year_of_the_18th_birthday() -> None:
    """At `d = 18` the school says so or the student is a minor; at 17 its word changes nothing."""
    assert is_adult(2007, 2025, school_says_so=True)
    assert not is_adult(2008, 2025, school_says_so=True)


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2024, 12, 31, 23, 59, tzinfo=UTC), 2024),
        (datetime(2025, 1, 1, 11, 59, tzinfo=UTC), 2024),
        (datetime(2025, 1, 1, 12, 0, tzinfo=UTC), 2025),
    ],
)
def test_a_new_year_counts_once_it_has_come_everywhere(moment: datetime, year: int) -> None:
    """Nobody turns older while it is still last year in the westernmost school."""
    assert year_everywhere(moment) == year


@pytest.mark.parametrize(
    ("kind", "under_13", "internal", "allowed"),
    [(S, True, True, True), (S, True, False, False), (S, False, False, True), (T, False, True, False),
     (T, True, True, False), (A, True, True, True)],
)  # fmt: skip
def test_when_a_mail_with_a_second_step_is_enough(
    kind: ConsentType, under_13: bool, internal: bool, allowed: bool
) -> None:
    """312.5(b)(2)(vi)."""
    assert email_plus_allowed(kind, under_13=under_13, internal_operations_only=internal) is allowed


@pytest.mark.parametrize(
    ("method", "parental"),
    [("email_plus", True), ("signed_form", True), ("school_authorization", False), ("eligible_student_login", False),
     ("unverified", False), ("carrier_pigeon", False)],
)  # fmt: skip
def test_which_methods_show_a_parent(method: str, parental: bool) -> None:
    """The school's and the student's own word is no parent's."""
    assert is_parental(method) is parental


def test_what_rests_on_what() -> None:
    """AI needs audio, audio and sharing need taking part."""
    assert needed_for(AI) == (A, S)
    assert needed_for(T) == (S,)
    assert needed_for(S) == ()


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({S: True, A: True, AI: True, T: True}, {}),
        ({S: True, A: False, AI: False, T: False}, {}),
        ({S: False, A: False, AI: False, T: False}, {}),
        ({S: False, A: True, AI: False, T: True}, {A: S, T: S}),
        ({S: True, A: False, AI: True, T: False}, {AI: A}),
        ({A: True}, {A: S}),
    ],
)
def test_a_yes_that_rests_on_a_no_is_found(
    answers: dict[ConsentType, bool], wrong: dict[ConsentType, ConsentType]
) -> None:
    """Refusing something optional contradicts nothing."""
    assert contradictions(answers) == wrong


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({S: False, A: None, AI: None, T: None}, {S: False, A: False, AI: False, T: False}),
        ({S: True, A: False, AI: None, T: None}, {S: True, A: False, AI: False, T: None}),
        ({S: None, A: None, AI: None, T: None}, {S: None, A: None, AI: None, T: None}),
        ({S: False, A: True, AI: None, T: None}, {S: False, A: True, AI: False, T: False}),
    ],
)
def test_a_no_answers_what_rests_on_it(
    answers: dict[ConsentType, bool | None], expected: dict[ConsentType, bool | None]
) -> None:
    """Empty answers that rest on a no are no; nothing else is filled in, and nothing given is changed."""
    assert settled(answers) == expected


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"restricted": True, "has_address": False}, Skip.RESTRICTED),
        ({"adult": True}, Skip.ADULT),
        ({"relationship": ""}, Skip.UNKNOWN_AUTHORITY),
        ({"relationship": "aunt"}, Skip.UNKNOWN_AUTHORITY),
        ({"relationship": "self"}, Skip.UNKNOWN_AUTHORITY),
        ({"relationship": "school_official"}, Skip.UNKNOWN_AUTHORITY),
        ({"has_address": False}, Skip.NO_ADDRESS),
        ({"has_address": False, "bounced": True}, Skip.NO_ADDRESS),
        ({"bounced": True, "outstanding": True}, Skip.BOUNCED),
        ({"outstanding": True, "answered": True}, Skip.OUTSTANDING),
        ({"answered": True, "has_name": False}, Skip.ANSWERED),
        ({"has_name": False}, Skip.NO_NAME),
    ],
)
def test_whom_the_school_may_ask(facts: dict[str, Any], reason: Skip | None) -> None:
    """The first reason against wins; unknown authority gets no mail."""
    usual: dict[str, Any] = {"has_address": True, "relationship": "mother"}
    assert why_not(Candidate(**(usual | facts))) is reason


@pytest.mark.parametrize(
    ("school_year_ends", "ends"),
    [(None, NOW + 365 * DAY), (NOW + 90 * DAY, NOW + 90 * DAY), (NOW - DAY, NOW + 365 * DAY),
     (NOW + 900 * DAY, NOW + 365 * DAY)],
)  # fmt: skip
def test_a_consent_ends_with_the_year(school_year_ends: datetime | None, ends: datetime) -> None:
    """Twelve months, or the end of the school year where that comes first."""
    assert expires_at(NOW, valid_days=365, school_year_ends=school_year_ends) == ends


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, InvitationState.WAITING),
        ({"sent_at": NOW}, InvitationState.SENT),
        ({"sent_at": NOW, "opened_at": NOW}, InvitationState.OPENED),
        ({"answered_at": NOW, "expires_at": NOW - DAY}, InvitationState.ANSWERED),
        ({"answered_at": NOW, "verified_at": NOW}, InvitationState.VERIFIED),
        ({"sent_at": NOW, "expires_at": NOW}, InvitationState.EXPIRED),
        ({"answered_at": NOW, "revoked_at": NOW}, InvitationState.REVOKED),
    ],
)
def test_the_states_of_a_request(facts: dict[str, Any], state: InvitationState) -> None:
    """Read from the times alone, in the order of the table of states."""
    times = Times(**({"expires_at": NOW + timedelta(days=30)} | facts))
    assert state_of(times, NOW) is state


@pytest.mark.parametrize(
    ("display_name", "given"),
    [("Ana Lopez", "Ana"), ("Lopez, Ana Maria", "Ana"), ("王小明", "王小明"), ("  Zoë  ", "Zoë"),
     ("", ""), (" , ", ""), ("Lopez,", ""),
     ("Ana\x07\r\nBcc: x", "Ana")],
)  # fmt: skip
def test_a_mail_calls_a_child_by_the_first_name(display_name: str, given: str) -> None:
    """Never the surname."""
    assert first_name(display_name) == given
