"""Who signed, by table: which rows need a signer, when an address names one, what a later answer ends."""

from __future__ import annotations

from typing import Any

import pytest

from consent.rules.effective import Circumstances, effective
from consent.rules.unmatched import is_unmatched, needs_signer, superseded
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

S, A = ConsentType.SERVICE, ConsentType.AUDIO
CHILD = Circumstances()


@pytest.mark.parametrize(
    ("row", "needs"),
    [
        (granted(), True),
        (unverified(), True),
        (refused(), True),
        (granted(relationship="aunt"), True),
        (granted(revoked_at=NOW), False),
        (granted(expires_at=NOW), False),
        (refused(has_token=True), False),
        (granted(relationship="self"), False),
        (granted(relationship="school_official"), False),
        (granted(ConsentType.SCHOOL_AUTHORIZATION, relationship="school_official"), False),
        (granted(ConsentType.SCHOOL_AUTHORIZATION), False),
    ],
)
def test_only_what_a_parent_must_have_signed_and_may_still_count_needs_a_signer(row: Any, needs: bool) -> None:
    """What has ended, was never answered, or is the school's or the student's own, waits for nobody."""
    assert needs_signer(row, NOW) is needs


@pytest.mark.parametrize(
    ("address", "guardians", "known", "unmatched"),
    [
        ("mia@home.example", ["mia@home.example"], False, False),
        (" MIA@home.example ", ["mia@home.example", "bo@home.example"], False, False),
        ("mia@home.example", ["bo@home.example"], False, True),
        ("mia@home.example", [], False, True),
        ("mia@home.example", ["mia@home.example", "Mia@home.example"], False, True),
        ("", [""], False, True),
        ("", [], False, True),
        ("mia@home.example", [], True, False),
        ("", [""], True, False),
    ],
)
def test_an_address_names_a_person_where_exactly_one_guardian_has_it(
    address: str, guardians: list[str], known: bool, unmatched: bool
) -> None:
    """Nobody's, or two people's address names nobody; no address never does, also where a guardian has none."""
    assert is_unmatched(address, guardians, known_signer=known) is unmatched


OLD, NEW = NOW - 9 * DAY, NOW - DAY


@pytest.mark.parametrize(
    ("rows", "ended"),
    [
        ([granted(id="old", consented_at=OLD), refused(consented_at=NEW)], {"old"}),
        ([refused(id="old", consented_at=OLD), granted(consented_at=NEW)], {"old"}),
        ([refused(id="old", consented_at=OLD), unverified(consented_at=NEW)], set()),
        ([granted(id="old", consented_at=OLD), unverified(consented_at=NEW)], set()),
        ([unverified(id="old", consented_at=OLD), unverified(consented_at=NEW)], {"old"}),
        ([granted(id="old", consented_at=OLD), refused(A, consented_at=NEW)], set()),
        ([granted(id="old", consented_at=OLD), refused(consented_at=NEW, revoked_at=NOW)], set()),
        ([granted(id="old", consented_at=OLD)], set()),
        ([], set()),
    ],
)
def test_rows_that_turn_out_to_be_one_persons_follow_the_last_word(rows: list[Any], ended: set[str]) -> None:
    """A later no ends a yes, a later verified yes ends a no, an unverified yes ends only its like."""
    assert superseded(rows, NOW) == ended


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        # siblings are judged apart: a row of the other child is not among these
        ([], EffectiveStatus.NOT_ASKED),
        # one of two guardians is under an order: the other's word alone counts
        ([granted(), refused(restricted=True)], EffectiveStatus.ACTIVE),
        ([granted(restricted=True), refused()], EffectiveStatus.REFUSED),
        ([granted(restricted=True)], EffectiveStatus.NOT_ASKED),
        ([granted(restricted=True), refused(restricted=True)], EffectiveStatus.NOT_ASKED),
        ([granted(restricted=True, method="signed_form"), unverified()], EffectiveStatus.UNVERIFIED),
        # what staff recorded weighs no more than what the other guardian said online
        ([granted(method="signed_form"), refused()], EffectiveStatus.CONFLICT),
        ([refused(consented_at=OLD), granted(method="in_person_id_check", consented_at=NEW)], EffectiveStatus.CONFLICT),
    ],
)
def test_two_guardians_one_of_them_under_an_order(rows: list[Any], status: EffectiveStatus) -> None:
    """Both have rights unless an order says otherwise (34 CFR 99.4)."""
    assert effective(rows, S, CHILD, NOW).status is status
