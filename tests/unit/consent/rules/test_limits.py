"""Which limits must stand, by table and over random histories."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta

import pytest
from hypothesis import given

from consent.rules.effective import Circumstances
from consent.rules.flags import flags_for
from consent.rules.limits import LIMITS, Limits, has_parental_consent, limits_for
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified
from tests.unit.consent.rules.test_histories import circumstances, histories

CHILD = Circumstances()
OLDER = Circumstances(under_13=False)
ALL = Limits(True, True, True)
S, T = ConsentType.SERVICE, ConsentType.THIRD_PARTY


@pytest.mark.parametrize(
    ("rows", "about", "required"),
    [
        ([], CHILD, ALL),
        ([granted()], CHILD, Limits(no_third_party_sharing=True)),
        ([granted(), granted(T, method="signed_form")], CHILD, Limits()),
        ([granted(), granted(T)], CHILD, Limits(no_third_party_sharing=True)),
        ([granted(T, method="signed_form")], CHILD, ALL),
        ([unverified()], CHILD, ALL),
        ([granted(revoked_at=NOW)], CHILD, ALL),
        ([granted(expires_at=NOW)], CHILD, ALL),
        ([granted(), refused()], CHILD, ALL),
        ([granted(restricted=True)], CHILD, ALL),
        ([granted(relationship="self")], CHILD, ALL),
        ([granted(method="sis_portal_login")], CHILD, ALL),
        ([granted(ConsentType.SCHOOL_AUTHORIZATION, relationship="school_official",
                  method="school_authorization")], CHILD, ALL),
        ([], OLDER, Limits()),
        ([refused()], OLDER, Limits()),
    ],
)  # fmt: skip
def test_what_must_stand(rows: list[ConsentRow], about: Circumstances, required: Limits) -> None:
    """A mail never opens sharing, a school's word is no parent's, and from 13 on nothing is required."""
    assert limits_for(rows, about, NOW) == required


def test_the_limits_are_the_columns_of_the_catalog() -> None:
    """The names are written as they stand."""
    assert set(LIMITS) == set(Limits.__dataclass_fields__)


@given(histories, circumstances)
def test_limits_and_flags_never_contradict(history: list[ConsentRow], about: Circumstances) -> None:
    """Under 13 collection is limited exactly while no parent's consent stands, sharing wherever its flag is down."""
    required, flags = limits_for(history, about, NOW), flags_for(history, about, NOW)
    if about.under_13:
        assert required.data_collection_limited == (not has_parental_consent(history, about, NOW))
        assert required.data_collection_limited >= (not flags.has_parental_consent)
        assert required.no_third_party_sharing >= (not flags.data_sharing_consent)
    else:
        assert not any(astuple(required))


@given(histories)
def test_time_alone_lifts_no_limit(history: list[ConsentRow]) -> None:
    """What must be limited today must be so tomorrow, unless somebody answers."""
    past = [row for row in history if row.consented_at <= NOW]
    today, later = limits_for(past, CHILD, NOW), limits_for(past, CHILD, NOW + timedelta(days=1))
    for name in LIMITS:
        assert getattr(later, name) >= getattr(today, name)


def test_a_consent_that_ends_tomorrow_limits_from_then_on() -> None:
    """Expiry alone brings the limits back."""
    rows = [granted(expires_at=NOW + DAY)]
    assert not limits_for(rows, CHILD, NOW).data_collection_limited
    assert limits_for(rows, CHILD, NOW + DAY).data_collection_limited
