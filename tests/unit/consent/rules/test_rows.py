"""Status of one row, effective answer of many, by table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from consent.rules.effective import Circumstances, effective
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, EffectiveStatus, RowStatus
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

CHILD = Circumstances()
TEEN = Circumstances(under_13=False)
ADULT = Circumstances(under_13=False, adult=True)
S, T = ConsentType.SERVICE, ConsentType.THIRD_PARTY


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, RowStatus.ACTIVE),
        ({"revoked_at": NOW}, RowStatus.REVOKED),
        ({"revoked_at": NOW, "given": False, "has_token": True}, RowStatus.REVOKED),
        ({"given": False, "has_token": True}, RowStatus.PENDING),
        ({"given": False, "has_token": True, "expires_at": NOW - DAY}, RowStatus.PENDING),
        ({"given": False}, RowStatus.REFUSED),
        ({"given": False, "expires_at": NOW - DAY}, RowStatus.REFUSED),
        ({"verified_at": None}, RowStatus.UNVERIFIED),
        ({"verified_at": None, "has_token": True}, RowStatus.UNVERIFIED),
        ({"verified_at": None, "expires_at": NOW - DAY}, RowStatus.UNVERIFIED),
        ({"expires_at": NOW}, RowStatus.EXPIRED),
        ({"expires_at": NOW + timedelta(microseconds=1)}, RowStatus.ACTIVE),
        ({"expires_at": None}, RowStatus.ACTIVE),
    ],
)
def test_the_first_match_decides_a_row(facts: dict[str, Any], status: RowStatus) -> None:
    """The order of the statuses is that of the rule."""
    assert row_status(granted(**facts), NOW) is status


@pytest.mark.parametrize(
    ("rows", "about", "status"),
    [
        ([], CHILD, EffectiveStatus.NOT_ASKED),
        ([granted()], CHILD, EffectiveStatus.ACTIVE),
        ([refused()], CHILD, EffectiveStatus.REFUSED),
        ([unverified()], CHILD, EffectiveStatus.UNVERIFIED),
        ([granted(revoked_at=NOW)], CHILD, EffectiveStatus.REVOKED),
        ([granted(expires_at=NOW - DAY)], CHILD, EffectiveStatus.EXPIRED),
        ([refused(has_token=True)], CHILD, EffectiveStatus.PENDING),
        # two guardians (34 CFR 99.4)
        ([granted(), refused()], CHILD, EffectiveStatus.CONFLICT),
        ([refused(consented_at=NOW - 99 * DAY), granted()], CHILD, EffectiveStatus.CONFLICT),
        ([granted(), granted(relationship="father")], CHILD, EffectiveStatus.ACTIVE),
        ([granted(), refused(revoked_at=NOW)], CHILD, EffectiveStatus.ACTIVE),
        ([granted(revoked_at=NOW), refused()], CHILD, EffectiveStatus.REFUSED),
        ([unverified(), refused()], CHILD, EffectiveStatus.REFUSED),
        ([granted(expires_at=NOW - DAY), refused()], CHILD, EffectiveStatus.REFUSED),
        # a renewal waits beside the old grant
        ([granted(), unverified()], CHILD, EffectiveStatus.ACTIVE),
        ([granted(expires_at=NOW - DAY), unverified()], CHILD, EffectiveStatus.UNVERIFIED),
        # court orders
        ([granted(restricted=True)], CHILD, EffectiveStatus.NOT_ASKED),
        ([granted(), refused(restricted=True)], CHILD, EffectiveStatus.ACTIVE),
        # other types are other questions
        ([granted(ConsentType.AUDIO)], CHILD, EffectiveStatus.NOT_ASKED),
        # 18 (34 CFR 99.5)
        ([granted()], ADULT, EffectiveStatus.SUSPENDED),
        ([refused(), granted(relationship="self")], ADULT, EffectiveStatus.ACTIVE),
        ([granted(relationship="self", method="eligible_student_login")], ADULT, EffectiveStatus.ACTIVE),
        ([granted(relationship="self")], TEEN, EffectiveStatus.NOT_ASKED),
        ([], ADULT, EffectiveStatus.NOT_ASKED),
        # nobody of the school answers for a parent
        ([granted(relationship="school_official")], CHILD, EffectiveStatus.NOT_ASKED),
        # words of other services that nobody knows
        ([granted(relationship="aunt")], CHILD, EffectiveStatus.ACTIVE),
        ([granted(method="carrier_pigeon")], CHILD, EffectiveStatus.UNVERIFIED),
        ([granted(method="unverified")], CHILD, EffectiveStatus.UNVERIFIED),
        ([granted(method="school_authorization")], CHILD, EffectiveStatus.UNVERIFIED),
        ([granted(method="sis_portal_login")], CHILD, EffectiveStatus.UNVERIFIED),
        ([granted(method="sis_portal_login")], TEEN, EffectiveStatus.ACTIVE),
        ([granted(method="signed_form")], CHILD, EffectiveStatus.ACTIVE),
        # 312.5(b)(2)(vi): e-mail only for internal operations
        ([granted()], Circumstances(internal_operations_only=False), EffectiveStatus.UNVERIFIED),
        ([granted()], Circumstances(under_13=False, internal_operations_only=False), EffectiveStatus.ACTIVE),
    ],
)
def test_all_rows_together_have_one_answer(
    rows: list[ConsentRow], about: Circumstances, status: EffectiveStatus
) -> None:
    """Who counts, and which answer wins."""
    assert effective(rows, S, about, NOW).status is status
    assert effective(list(reversed(rows)), S, about, NOW).status is status


@pytest.mark.parametrize(("method", "active"), [("email_plus", False), ("text_plus", False), ("signed_form", True)])
@pytest.mark.parametrize("about", [CHILD, TEEN])
def test_sharing_needs_more_than_a_mail(method: str, active: bool, about: Circumstances) -> None:
    """`third_party_disclosure` stands by a stronger method alone, at any age."""
    assert effective([granted(T, method=method)], T, about, NOW).active is active


def test_the_answer_names_the_latest_row_that_carries_it() -> None:
    """Of several grants the newest one's date is the one that counts."""
    old, new = granted(consented_at=NOW - 50 * DAY), granted(consented_at=NOW - 5 * DAY)
    assert effective([new, old], S, CHILD, NOW).row is new


def test_only_a_school_official_gives_the_schools_authorisation() -> None:
    """A parent's row of that type is not the school's word."""
    kind = ConsentType.SCHOOL_AUTHORIZATION
    official = granted(kind, relationship="school_official", method="school_authorization")
    assert effective([official], kind, CHILD, NOW).active
    assert not effective([granted(kind)], kind, CHILD, NOW).active
