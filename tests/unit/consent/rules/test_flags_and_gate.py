"""Flags on the student and the recording gate, by table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent.rules.effective import Circumstances
from consent.rules.flags import Flags, flags_for
from consent.rules.gate import group_may_be_recorded, may_analyse, may_record
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

CHILD = Circumstances()
TEEN = Circumstances(under_13=False)
S, A, AI, T = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI, ConsentType.THIRD_PARTY
AUTHORISED = granted(ConsentType.SCHOOL_AUTHORIZATION, relationship="school_official", method="school_authorization")
BOTH = [granted(S), granted(A)]


@pytest.mark.parametrize(
    ("rows", "service", "audio", "sharing"),
    [
        ([], False, False, False),
        ([granted(S)], True, False, False),
        ([granted(A)], False, False, False),  # needs taking part
        (BOTH, True, True, False),
        ([*BOTH, granted(T)], True, True, False),  # a mail is not enough
        ([*BOTH, granted(T, method="signed_form")], True, True, True),
        ([granted(T, method="signed_form")], False, False, False),
        ([unverified(S), unverified(A)], False, False, False),
        ([*BOTH, refused(S)], False, False, False),  # a conflict about the ground takes everything with it
        ([*BOTH, refused(A)], True, False, False),
        ([granted(S, expires_at=NOW - DAY), granted(A)], False, False, False),
        ([AUTHORISED], False, False, False),  # never a flag
    ],
)
def test_flags_follow_from_the_rows(rows: list[ConsentRow], service: bool, audio: bool, sharing: bool) -> None:
    """The four columns, with the date of the consent that carries them."""
    flags = flags_for(rows, CHILD, NOW)
    assert (flags.has_parental_consent, flags.audio_recording_consent, flags.data_sharing_consent) == (
        service,
        audio,
        sharing,
    )
    assert flags.consent_date == (rows[0].consented_at if service else None)


def test_what_falls_is_every_flag_that_does_not_stand() -> None:
    """Columns to write first never raise a flag."""
    assert flags_for([granted(S)], CHILD, NOW).fallen() == {
        "audio_recording_consent": False,
        "data_sharing_consent": False,
    }
    assert Flags().fallen() == Flags().columns()


@pytest.mark.parametrize(
    ("rows", "about", "recorded"),
    [
        ([], CHILD, False),
        ([granted(S)], CHILD, False),
        ([granted(A)], CHILD, False),
        (BOTH, CHILD, True),
        (BOTH, TEEN, True),
        ([*BOTH, refused(A)], CHILD, False),
        ([AUTHORISED], CHILD, False),
        ([AUTHORISED], Circumstances(strict=False), False),  # audio and taking part must be active all the same
        ([*BOTH, AUTHORISED], Circumstances(strict=False), True),
        (
            [
                granted(S, relationship="self", method="eligible_student_login"),
                granted(A, relationship="self", method="eligible_student_login"),
            ],
            Circumstances(under_13=False, adult=True),
            True,
        ),
        (BOTH, Circumstances(under_13=False, adult=True), False),
    ],
)
def test_the_gate(rows: list[ConsentRow], about: Circumstances, recorded: bool) -> None:
    """Recording needs audio and taking part, and under 13 a parent's verified word."""
    assert may_record(rows, about, NOW) is recorded
    assert may_analyse(rows, about, NOW) is False
    analysis = granted(AI, relationship=rows[0].relationship if rows else "mother")
    if about.adult:
        analysis = granted(AI, relationship="self", method="eligible_student_login")
    assert may_analyse([*rows, analysis], about, NOW) is recorded


@pytest.mark.parametrize(
    ("members", "allowed"), [([], False), ([True], True), ([True, True], True), ([True, False, True], False)]
)
def test_one_childs_no_is_the_groups(members: list[bool], allowed: bool) -> None:
    """A group is recorded when everybody in it may be."""
    assert group_may_be_recorded(members) is allowed


LOOSE, STRICT = False, True
# A parent's yes, confirmed by the login of a family portal: enough at 13, not under 13 (312.5(b)).
PORTAL = [granted(S, method="sis_portal_login"), granted(A, method="sis_portal_login")]
EXPIRED = replace(AUTHORISED, expires_at=NOW - DAY)
TAKEN_BACK = replace(AUTHORISED, revoked_at=NOW - DAY)
BY_A_PARENT = replace(AUTHORISED, relationship="mother")


@pytest.mark.parametrize(
    ("rows", "under_13", "strict", "recorded"),
    [
        # 13 or over: the authorisation is asked in no case
        (PORTAL, False, STRICT, True),
        ([*PORTAL, AUTHORISED], False, LOOSE, True),
        # under 13: a way of verifying that is not enough leaves the answer unverified, whatever the school says
        (PORTAL, True, STRICT, False),
        (PORTAL, True, LOOSE, False),
        ([*PORTAL, AUTHORISED], True, STRICT, False),
        ([*PORTAL, AUTHORISED], True, LOOSE, False),
        ([*PORTAL, EXPIRED], True, LOOSE, False),
        ([*PORTAL, TAKEN_BACK], True, LOOSE, False),
        ([*PORTAL, BY_A_PARENT], True, LOOSE, False),
        # never for a parent's answer
        ([AUTHORISED], True, LOOSE, False),
        ([AUTHORISED], False, LOOSE, False),
        ([PORTAL[0], AUTHORISED], True, LOOSE, False),
        ([unverified(S), unverified(A), AUTHORISED], True, LOOSE, False),  # the second step was not taken
        ([*PORTAL, refused(A), AUTHORISED], True, LOOSE, False),
        ([*PORTAL, refused(S, id="zzz"), AUTHORISED], True, LOOSE, False),
        ([replace(PORTAL[0], expires_at=NOW - DAY), PORTAL[1], AUTHORISED], True, LOOSE, False),
        ([replace(PORTAL[0], revoked_at=NOW - DAY), PORTAL[1], AUTHORISED], True, LOOSE, False),
        # with a parent's verified word it changes nothing
        ([*BOTH, AUTHORISED], True, STRICT, True),
        ([*BOTH, EXPIRED], True, STRICT, True),
    ],
)
def test_the_schools_authorisation_at_the_gate(
    rows: list[ConsentRow], under_13: bool, strict: bool, recorded: bool
) -> None:
    """It opens nothing that a parent's answer in force does not open, in strict mode or out of it."""
    assert may_record(rows, Circumstances(under_13=under_13, strict=strict), NOW) is recorded


def test_a_mail_is_not_enough_beyond_internal_operations_whatever_the_school_authorises() -> None:
    """The school may authorise for its own use only, so never for what goes beyond it (312.5(b)(2)(viii))."""
    beyond = Circumstances(internal_operations_only=False, strict=LOOSE)
    assert not may_record([*BOTH, AUTHORISED], beyond, NOW)
    assert not may_analyse([*BOTH, granted(AI), AUTHORISED], beyond, NOW)
