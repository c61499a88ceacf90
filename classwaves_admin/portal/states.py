"""How a state looks: which tone, which shape and, where the page gives none, which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Tone(StrEnum):
    """The tints of states and charts. Each comes with a shape or words, never alone."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    INFO = "info"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a state tag shows: a tone, an icon of `img/icons.svg`, words."""

    tone: Tone
    icon: str
    words: str | Promise


APPEARANCES: dict[str, Appearance] = {
    # consent
    "active": Appearance(Tone.GOOD, "check_circle", _("Consent given")),
    "unverified": Appearance(Tone.WAIT, "hourglass_empty", _("Waiting for verification")),
    "pending": Appearance(Tone.WAIT, "schedule", _("Waiting for an answer")),
    "refused": Appearance(Tone.BAD, "cancel", _("Refused")),
    "revoked": Appearance(Tone.BAD, "undo", _("Withdrawn")),
    "expired": Appearance(Tone.NEUTRAL, "event", _("Expired")),
    "conflict": Appearance(Tone.BAD, "report", _("Guardians disagree")),
    "not_asked": Appearance(Tone.NEUTRAL, "radio_button_unchecked", _("Not asked")),
    "suspended": Appearance(Tone.INFO, "person", _("Rights passed to the student")),
    # where a student stands on being recorded
    "recordable": Appearance(Tone.GOOD, "check_circle", _("May be recorded")),
    "withdrawn": Appearance(Tone.BAD, "undo", _("Withdrawn")),
    "waiting": Appearance(Tone.WAIT, "schedule", _("Waiting for an answer")),
    "adult": Appearance(Tone.INFO, "person", _("Adult, must answer alone")),
    # may this student be recorded
    "allowed": Appearance(Tone.GOOD, "check_circle", _("May be recorded")),
    "blocked": Appearance(Tone.BAD, "do_not_disturb", _("May not be recorded")),
    "partly": Appearance(Tone.WAIT, "warning", _("Some groups")),
    # why nobody can be asked about a participant
    "no_student": Appearance(Tone.BAD, "help", _("Not on the roster")),
    "unknown_student": Appearance(Tone.BAD, "help", _("No such student")),
    "not_enrolled": Appearance(Tone.BAD, "logout", _("No longer enrolled")),
    "no_group": Appearance(Tone.BAD, "remove_circle", _("In no group")),
    # the school's own word for parents, which is never green as a parent's consent is
    "authorized": Appearance(Tone.INFO, "verified", _("Authorized by the school")),
    # requests for consent
    "opened": Appearance(Tone.WAIT, "visibility", _("Opened")),
    "answered": Appearance(Tone.WAIT, "hourglass_empty", _("Answered")),
    "verified": Appearance(Tone.GOOD, "verified", _("Verified")),
    # jobs, messages, delivery
    "queued": Appearance(Tone.WAIT, "schedule", _("Queued")),
    "sent": Appearance(Tone.GOOD, "check_circle", _("Sent")),
    "delivered": Appearance(Tone.GOOD, "check_circle", _("Delivered")),
    "failed": Appearance(Tone.BAD, "error", _("Failed")),
    "running": Appearance(Tone.INFO, "autorenew", _("Running")),
    "done": Appearance(Tone.GOOD, "check_circle", _("Done")),
}

_BY_TONE = {
    Tone.GOOD: "check_circle",
    Tone.WAIT: "schedule",
    Tone.BAD: "error",
    Tone.INFO: "info",
    Tone.NEUTRAL: "radio_button_unchecked",
}


def appearance(state: str, words: str = "", tone: str = "") -> Appearance:
    """Return how `state` looks.

    `words` replaces the usual words. A state that is not in the table is shown by its words
    (or by its code with spaces) in `tone`, neutral unless given: other services write states too.
    """
    known = APPEARANCES.get(state)
    if known is None:
        shade = Tone(tone) if tone else Tone.NEUTRAL
        return Appearance(shade, _BY_TONE[shade], words or state.replace("_", " ").capitalize())
    shade = Tone(tone) if tone else known.tone
    return Appearance(shade, known.icon if shade == known.tone else _BY_TONE[shade], words or known.words)
