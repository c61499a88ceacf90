"""The gate: may a student be recorded and analysed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from consent.rules.effective import Circumstances, Effective, effective_all
from consent.rules.flags import in_force
from consent.rules.methods import is_parental
from consent.rules.status import ConsentRow
from consent.vocabulary import ASKED_TYPES, ConsentType

# The types whose answers decide here; the first four are what parents are asked.
JUDGED = (*ASKED_TYPES, ConsentType.SCHOOL_AUTHORIZATION)
_NEEDED = (ConsentType.SERVICE, ConsentType.AUDIO)


def may_record(rows: Iterable[ConsentRow], about: Circumstances, now: datetime) -> bool:
    """Tell whether a student's voice may be recorded.

    Audio and taking part are active, and under 13 there is verified parental consent (312.5), or an
    active school authorisation where the school's strict mode (parents' opt-in for audio) is off. Under 13
    an answer is active only by a way of verifying that is enough, so that the authorisation stands beside a
    parent's verified word and never in its place.
    """
    return recordable(effective_all(rows, about, now), about)


def may_analyse(rows: Iterable[ConsentRow], about: Circumstances, now: datetime) -> bool:
    """Tell whether what a student says may be analysed by AI: recording, and `ai_analysis`."""
    return analysable(effective_all(rows, about, now), about)


def group_may_be_recorded(members: Iterable[bool]) -> bool:
    """Tell whether a group may be recorded: every member may, and there is one. One child's no is the group's."""
    allowed = list(members)
    return bool(allowed) and all(allowed)


def recordable(answers: Mapping[ConsentType, Effective], about: Circumstances) -> bool:
    """Decide as `may_record` from effective answers; those to JUDGED are enough."""
    if not in_force(ConsentType.AUDIO, answers):
        return False
    return (
        not about.under_13
        or all(is_parental_consent(answers[needed]) for needed in _NEEDED)
        or (not about.strict and answers[ConsentType.SCHOOL_AUTHORIZATION].active)
    )


def analysable(answers: Mapping[ConsentType, Effective], about: Circumstances) -> bool:
    """Decide as `may_analyse` from effective answers; those to JUDGED are enough."""
    return recordable(answers, about) and answers[ConsentType.AI].active


def is_parental_consent(answer: Effective) -> bool:
    """Tell whether an answer is in force by a parent's verified word, not the school's or the student's."""
    return answer.active and answer.row is not None and is_parental(answer.row.method)
