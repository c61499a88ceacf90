"""For whom a school may authorize on parents' behalf: pure.

The school's authorization is for the school's own use only, and only where COPPA asks for a parent's consent:
under 13. A parent who has said no, or has taken a yes back, has decided; the school does not decide above them.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from consent.rules.effective import Circumstances, Effective
from consent.vocabulary import ConsentType, EffectiveStatus

_DECIDED = frozenset({EffectiveStatus.REFUSED, EffectiveStatus.REVOKED, EffectiveStatus.CONFLICT})
_ASKED = (ConsentType.SERVICE, ConsentType.AUDIO)


class Chosen(models.TextChoices):
    """Which students a decision is about."""

    UNDER_13 = "under_13", "All students under 13"
    GRADE = "grade", "Students of one grade"
    STUDENTS = "students", "Students chosen one by one"


class LeftOut(models.TextChoices):
    """Why a student is not covered."""

    NOT_UNDER_13 = "not_under_13", "13 or over: no authorization is needed"
    PARENT_DECIDED = "parent_decided", "A parent has refused or withdrawn"
    ALREADY = "already", "Authorized already"
    GONE = "gone", "No longer an active student"


def why_not(answers: Mapping[ConsentType, Effective], about: Circumstances) -> LeftOut | None:
    """Return why a student is left out of an authorization, or None to cover them. The first reason wins.

    A refusal about taking part or recording counts, also beside another guardian's yes.
    """
    if not about.under_13:
        return LeftOut.NOT_UNDER_13
    if any(answers[kind].status in _DECIDED for kind in _ASKED):
        return LeftOut.PARENT_DECIDED
    return LeftOut.ALREADY if answers[ConsentType.SCHOOL_AUTHORIZATION].active else None
