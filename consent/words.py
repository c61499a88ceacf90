"""Words for what the pages of the office show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import get_language_info

from classwaves_admin.schools.grades import grade_label
from consent.rules.asking import GONE, Skip
from consent.rules.notices import shown
from consent.rules.overview import Standing, standing_named
from consent.rules.session_gate import SessionGate
from consent.vocabulary import ConsentType, EffectiveStatus, Relationship, VerificationMethod

# Headings of narrow columns; the full label is what parents read.
SHORT: Final[dict[ConsentType, str]] = {
    ConsentType.SERVICE: "Taking part",
    ConsentType.AUDIO: "Recording",
    ConsentType.AI: "AI analysis",
    ConsentType.THIRD_PARTY: "Sharing",
}
# What a state is called where a column has room for a word or two.
SHORT_STATUS: Final[dict[str, str]] = {
    EffectiveStatus.PENDING: "Asked",
    EffectiveStatus.UNVERIFIED: "Unverified",
    EffectiveStatus.CONFLICT: "Conflict",
    EffectiveStatus.SUSPENDED: "Adult",
    Standing.WAITING: "Asked",
    Standing.ADULT: "Adult",
}
# Values of `coppa_compliance.age_verification_method`.
AGE_METHODS: Final[dict[str, str]] = {
    "sis_dob": "Birth date in the school’s records",
    "sis_birth_year": "Birth year in the school’s records",
    "grade_inference": "Inferred from the grade",
    "parent_attested": "Stated by a parent",
    "school_attested": "Stated by the school",
    "unknown": "Not known",
}

# Slots of the direct notice (312.4(c)) that a school can leave blank.
SLOTS: Final[dict[str, str]] = {
    "contact": "the school’s contact address",
    "school": "the school’s name",
    "keep_audio": "how long recordings are kept (a retention policy)",
    "keep_transcripts": "how long transcripts are kept (a retention policy)",
    "keep_analyses": "how long AI analyses are kept (a retention policy)",
    "keep_sessions": "how long session records are kept (a retention policy)",
    "address_source": "where the parent’s address comes from",
    "items_collected": "what is collected",
    "uses": "what it is used for",
    "third_parties": "the companies that work for ClassWaves",
    "partners": "with whom results are shared",
}


def consent_type_words(stored: str) -> str:
    """Return the label of a stored consent type; other services may write words that we do not know."""
    return str(ConsentType(stored).label) if stored in set(ConsentType) else _plain(stored)


def relationship_words(stored: str) -> str:
    """Return the label of a stored relationship."""
    return str(Relationship(stored).label) if stored in set(Relationship) else _plain(stored)


def method_words(stored: str) -> str:
    """Return the label of a stored verification method."""
    return str(VerificationMethod(stored).label) if stored in set(VerificationMethod) else _plain(stored)


def age_method_words(stored: str | None) -> str:
    """Return the words for how an age is known."""
    return AGE_METHODS.get(stored or "unknown", _plain(stored or ""))


def _plain(stored: str) -> str:
    return stored.replace("_", " ").strip().capitalize()


def slot_words(name: str) -> str:
    """Return the words for a blank slot of the notice."""
    return SLOTS.get(name, _plain(name).lower())


def language_words(code: str) -> str:
    """Return the English name of a language; the code itself where Django knows no name for it."""
    try:
        return str(get_language_info(code)["name"])
    except KeyError:
        return code


def chosen_words(chosen: Mapping[str, Any]) -> str:
    """Return in words how the students of a campaign were chosen."""
    if number := chosen.get("students"):
        return "One student" if number == 1 else f"{number} students chosen one by one"
    parts = []
    if grade := chosen.get("grade"):
        parts.append(grade_label(grade))
    if standing := chosen.get("standing"):
        named = standing_named(standing)
        parts.append(f"state “{named.label}”" if named else standing)
    if chosen.get("notice"):
        parts.append("consented to an older notice")
    if chosen.get("name"):
        parts.append("a part of the name")
    return f"Everyone who fits: {', '.join(parts)}" if parts else "All students"


def left_out_words(reason: str) -> str:
    """Return the words for why a guardian was left out of a campaign."""
    if reason == GONE:
        return "The student has left, or is no longer this person’s"
    return str(Skip(reason).label) if reason in set(Skip) else _plain(reason)


def notice_words(version: str) -> str:
    """Return the words for a notice's version, such as "Version 1, Spanish (96974b91ec74)"."""
    seen = shown(version)
    if seen is None:
        return version
    return f"Version {seen.number}, {language_words(seen.language)} ({seen.digest})"


def session_words(gate: SessionGate) -> str:
    """Return how much of a session may be recorded, in a few words."""
    groups = len(gate.groups)
    if gate.all_may_record:
        return "All groups"
    if not groups:
        return "No groups yet"
    if gate.recordable_groups == groups:
        return "All groups, but someone is in none"
    return f"{gate.recordable_groups} of {groups} groups" if gate.recordable_groups else "No group"
