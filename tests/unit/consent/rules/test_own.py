"""What a guardian reads about their own answer."""

from __future__ import annotations

import pytest

from consent.rules.effective import Effective
from consent.rules.own import OwnStanding as Own
from consent.rules.own import own_standing
from consent.vocabulary import EffectiveStatus as S


@pytest.mark.parametrize(
    ("own", "overall", "awaits", "expected"),
    [
        (S.ACTIVE, S.ACTIVE, False, Own.IN_FORCE),
        (S.ACTIVE, S.CONFLICT, False, Own.NOT_COUNTING),
        (S.ACTIVE, S.SUSPENDED, False, Own.NOT_COUNTING),
        (S.UNVERIFIED, S.UNVERIFIED, True, Own.WAITS_FOR_YOU),
        (S.UNVERIFIED, S.ACTIVE, True, Own.WAITS_FOR_YOU),
        (S.UNVERIFIED, S.UNVERIFIED, False, Own.WAITS_FOR_SCHOOL),
        (S.REFUSED, S.CONFLICT, False, Own.NO),
        (S.REFUSED, S.REFUSED, False, Own.NO),
        (S.CONFLICT, S.CONFLICT, False, Own.NO),
        (S.EXPIRED, S.EXPIRED, False, Own.ENDED),
        (S.EXPIRED, S.ACTIVE, False, Own.ENDED),
        (S.REVOKED, S.REVOKED, False, Own.TAKEN_BACK),
        (S.NOT_ASKED, S.ACTIVE, False, Own.NONE),
        (S.PENDING, S.PENDING, False, Own.NONE),
    ],
)
def test_each_answer_is_told_from_the_own_rows(own: S, overall: S, awaits: bool, expected: Own) -> None:
    """The other guardian shows in one thing alone: whether an own yes counts."""
    assert own_standing(Effective(own), Effective(overall), awaits_second_step=awaits) is expected


@pytest.mark.parametrize("status", S)
def test_every_status_has_words(status: S) -> None:
    """No state of the rules is left without an answer."""
    assert own_standing(Effective(status), Effective(status), awaits_second_step=False).label
