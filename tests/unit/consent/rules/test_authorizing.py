"""For whom a school may authorize, by table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent.rules.authorizing import LeftOut, why_not
from consent.rules.effective import Circumstances, effective_all
from consent.rules.gate import JUDGED
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

S, A, AI = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI
BY_SCHOOL = granted(ConsentType.SCHOOL_AUTHORIZATION, relationship="school_official", method="school_authorization")
CHILD = Circumstances()


@pytest.mark.parametrize(
    ("rows", "about", "reason"),
    [
        ([], CHILD, None),  # nobody asked: the school may
        ([unverified(S), unverified(A)], CHILD, None),
        ([granted(S), granted(A)], CHILD, None),  # it takes nothing from a parent's yes
        ([granted(S, expires_at=NOW - DAY)], CHILD, None),
        ([refused(AI)], CHILD, None),  # says nothing about taking part
        ([refused(S)], CHILD, LeftOut.PARENT_DECIDED),
        ([refused(A)], CHILD, LeftOut.PARENT_DECIDED),
        ([granted(S), granted(A), refused(A)], CHILD, LeftOut.PARENT_DECIDED),  # beside another guardian's yes
        ([granted(S, revoked_at=NOW - DAY)], CHILD, LeftOut.PARENT_DECIDED),  # taken back
        ([refused(S, restricted=True)], CHILD, None),  # a court order stands against the signer
        ([BY_SCHOOL], CHILD, LeftOut.ALREADY),
        ([replace(BY_SCHOOL, expires_at=NOW - DAY)], CHILD, None),
        ([replace(BY_SCHOOL, revoked_at=NOW - DAY)], CHILD, None),
        ([], Circumstances(under_13=False), LeftOut.NOT_UNDER_13),
        ([], Circumstances(under_13=False, adult=True), LeftOut.NOT_UNDER_13),
        ([refused(S), BY_SCHOOL], Circumstances(under_13=False), LeftOut.NOT_UNDER_13),
        ([refused(S), BY_SCHOOL], CHILD, LeftOut.PARENT_DECIDED),  # the first reason wins
    ],
)
def test_whom_the_school_may_authorize_for(
    rows: list[ConsentRow], about: Circumstances, reason: LeftOut | None
) -> None:
    """Under 13, where no parent has said no and nothing of the kind is in force."""
    assert why_not(effective_all(rows, about, NOW, JUDGED), about) is reason
