"""Whatever two guardians do over the years, the rules agree with each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent.rules.dependencies import NEEDS, needed_for
from consent.rules.effective import Circumstances, effective_all
from consent.rules.flags import flags_for
from consent.rules.gate import may_analyse, may_record
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, EffectiveStatus, RowStatus, VerificationMethod
from tests.unit.consent.rules.rows import NOW

TYPES = (
    ConsentType.SERVICE,
    ConsentType.AUDIO,
    ConsentType.AI,
    ConsentType.THIRD_PARTY,
    ConsentType.SCHOOL_AUTHORIZATION,
)
moments = st.integers(-800, 400).map(lambda days: NOW + timedelta(days=days))
rows = st.builds(
    ConsentRow,
    id=st.uuids().map(str),
    student_id=st.just("student-1"),
    consent_type=st.sampled_from([kind.value for kind in TYPES]),
    given=st.booleans(),
    consented_at=moments,
    has_token=st.booleans(),
    verified_at=st.none() | moments,
    method=st.sampled_from([method.value for method in VerificationMethod]) | st.just("other"),
    relationship=st.sampled_from(["mother", "father", "self", "school_official", "aunt"]),
    expires_at=st.none() | moments,
    revoked_at=st.none() | moments,
    restricted=st.booleans(),
)
histories = st.lists(rows, max_size=14)
circumstances = st.builds(
    Circumstances,
    under_13=st.booleans(),
    adult=st.booleans(),
    internal_operations_only=st.booleans(),
    strict=st.booleans(),
).filter(lambda about: not (about.under_13 and about.adult))


@given(histories, circumstances, st.randoms())
def test_the_order_of_rows_never_matters(history: list[ConsentRow], about: Circumstances, random: object) -> None:
    """The same rows in another order give the same answer: another service may write them late."""
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert effective_all(history, about, NOW) == effective_all(shuffled, about, NOW)


@given(histories, circumstances)
def test_flags_and_gate_agree_with_the_answers(history: list[ConsentRow], about: Circumstances) -> None:
    """Nobody is recorded without the flags, nor analysed without recording, and no flag stands on a no."""
    answers = effective_all(history, about, NOW)
    flags = flags_for(history, about, NOW)
    assert flags.has_parental_consent == answers[ConsentType.SERVICE].active
    assert (flags.consent_date is not None) == flags.has_parental_consent
    if flags.audio_recording_consent or flags.data_sharing_consent:
        assert flags.has_parental_consent
    assert may_record(history, about, NOW) == flags.audio_recording_consent
    if may_analyse(history, about, NOW):
        assert may_record(history, about, NOW)
    if may_record(history, about, NOW) and about.under_13:
        row = answers[ConsentType.AUDIO].row
        assert row is not None
        assert row.relationship not in {"self", "school_official"}


@given(histories, circumstances, rows)
def test_one_more_refusal_never_permits_anything(
    history: list[ConsentRow], about: Circumstances, more: ConsentRow
) -> None:
    """Adding a no can only take away."""
    no = replace(more, given=False, has_token=False, revoked_at=None)
    before, after = flags_for(history, about, NOW), flags_for([*history, no], about, NOW)
    assert after.has_parental_consent <= before.has_parental_consent
    assert after.audio_recording_consent <= before.audio_recording_consent
    assert after.data_sharing_consent <= before.data_sharing_consent
    assert may_record([*history, no], about, NOW) <= may_record(history, about, NOW)


@given(histories, circumstances)
def test_a_restricted_signer_changes_nothing(history: list[ConsentRow], about: Circumstances) -> None:
    """Rows of a guardian under a court order could as well not be there."""
    free = [row for row in history if not row.restricted]
    assert effective_all(history, about, NOW) == effective_all(free, about, NOW) or about.adult
    assert flags_for(history, about, NOW) == flags_for(free, about, NOW)


@given(histories, circumstances)
def test_the_schools_authorisation_never_sets_a_flag(history: list[ConsentRow], about: Circumstances) -> None:
    """With or without it the flags are the same."""
    parents = [row for row in history if row.consent_type != ConsentType.SCHOOL_AUTHORIZATION]
    assert flags_for(history, about, NOW) == flags_for(parents, about, NOW)


@given(histories, circumstances)
def test_time_alone_never_gives_a_consent(history: list[ConsentRow], about: Circumstances) -> None:
    """What is not active today is not active next year without a new row."""
    today = flags_for(history, about, NOW)
    later = flags_for(history, about, NOW + timedelta(days=365))
    if not any(row_status(row, NOW) is RowStatus.ACTIVE for row in history):
        assert not later.has_parental_consent
        assert not today.has_parental_consent


@given(histories)
def test_at_18_no_parents_word_permits_anything(history: list[ConsentRow]) -> None:
    """Parents' rows are suspended, whatever they say (34 CFR 99.5)."""
    about = Circumstances(under_13=False, adult=True)
    parents = [row for row in history if row.relationship not in {"self", "school_official"}]
    answers = effective_all(parents, about, NOW)
    assert {answer.status for answer in answers.values()} <= {EffectiveStatus.SUSPENDED, EffectiveStatus.NOT_ASKED}
    assert not may_record(parents, about, NOW)


def test_no_type_rests_on_itself() -> None:
    """The chain of needs ends."""
    for kind in NEEDS:
        assert kind not in needed_for(kind)
