"""What each answer leads to, in words for parents: said before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.vocabulary import ConsentType

_YES: Final[Mapping[ConsentType, str | Promise]] = {
    ConsentType.SERVICE: _(
        "ClassWaves may keep the name and grade of %(child)s and what happened in group work. "
        "We keep records of class sessions for %(keep_sessions)s. Then we delete them."
    ),
    ConsentType.AUDIO: _(
        "The school may record the voice of %(child)s in group work. "
        "We keep recordings for %(keep_audio)s and the written text for %(keep_transcripts)s. Then we delete them."
    ),
    ConsentType.AI: _(
        "A computer program (AI) may read what %(child)s says and give the teacher hints. "
        "We keep the results for %(keep_analyses)s. Then we delete them."
    ),
    ConsentType.THIRD_PARTY: _(
        "The school may share the results of %(child)s with those named below. "
        "The school will contact you first. Nothing is shared before that."
    ),
}
_NO: Final[Mapping[ConsentType, str | Promise]] = {
    ConsentType.SERVICE: _("ClassWaves collects nothing about %(child)s."),
    ConsentType.AUDIO: _("The voice of %(child)s is not recorded."),
    ConsentType.AI: _("No AI looks at what %(child)s says."),
    ConsentType.THIRD_PARTY: _("Nothing about %(child)s is shared with others."),
}
# The same for an adult student, who answers alone.
_OWN_YES: Final[Mapping[ConsentType, str | Promise]] = {
    ConsentType.SERVICE: _(
        "ClassWaves may keep your name and grade and what happened in group work. "
        "We keep records of class sessions for %(keep_sessions)s. Then we delete them."
    ),
    ConsentType.AUDIO: _(
        "The school may record your voice in group work. "
        "We keep recordings for %(keep_audio)s and the written text for %(keep_transcripts)s. Then we delete them."
    ),
    ConsentType.AI: _(
        "A computer program (AI) may read what you say and give the teacher hints. "
        "We keep the results for %(keep_analyses)s. Then we delete them."
    ),
    ConsentType.THIRD_PARTY: _(
        "The school may share your results with those named below. "
        "The school will contact you first. Nothing is shared before that."
    ),
}
_OWN_NO: Final[Mapping[ConsentType, str | Promise]] = {
    ConsentType.SERVICE: _("ClassWaves collects nothing about you."),
    ConsentType.AUDIO: _("Your voice is not recorded."),
    ConsentType.AI: _("No AI looks at what you say."),
    ConsentType.THIRD_PARTY: _("Nothing about you is shared with others."),
}


def consequence(
    consent_type: ConsentType, *, yes: bool, child: str, slots: Mapping[str, str], own: bool = False
) -> str:
    """Return what follows for a child, by first name, or for the adult student who answers (`own`).

    `slots` hold the school's own periods.
    """
    words = (_OWN_YES if yes else _OWN_NO) if own else (_YES if yes else _NO)
    return str(words[consent_type]) % {**slots, "child": child}
