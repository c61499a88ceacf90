"""The questions that parents and adult students are asked, on the page and on paper."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.vocabulary import ConsentType

QUESTIONS: Mapping[ConsentType, str | Promise] = {
    ConsentType.SERVICE: _("May %(child)s take part in ClassWaves?"),
    ConsentType.AUDIO: _("May the school record and transcribe %(child)s’s voice?"),
    ConsentType.AI: _("May a computer program (AI) analyze what %(child)s says?"),
    ConsentType.THIRD_PARTY: _("May the school share %(child)s’s results with others?"),
}
# The same, asked of an adult student.
OWN_QUESTIONS: Mapping[ConsentType, str | Promise] = {
    ConsentType.SERVICE: _("Do you want to take part in ClassWaves?"),
    ConsentType.AUDIO: _("May the school record and transcribe your voice?"),
    ConsentType.AI: _("May a computer program (AI) analyze what you say?"),
    ConsentType.THIRD_PARTY: _("May the school share your results with others?"),
}


def question_about(consent_type: ConsentType, child: str, *, own: bool = False) -> str:
    """Return the question about a child, by first name, in the active language; `own` asks an adult student."""
    return str((OWN_QUESTIONS if own else QUESTIONS)[consent_type] % {"child": child})
