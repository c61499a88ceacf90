"""Writes the notices of a school: fills the slots, names the version, says what is missing."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import translation

from classwaves_admin.warehouse.models import RetentionPolicy, School
from consent.notices.markdown import escape, title_of
from consent.notices.periods import periods
from consent.vocabulary import ASKED_TYPES, ConsentType

FOLDER = Path(__file__).parent
FALLBACK = "en"

# Raised by one with each change of meaning in the shipped texts; a test fails for a change without it.
VERSIONS: Mapping[ConsentType, int] = dict.fromkeys(ASKED_TYPES, 1)


class NoticeIncomplete(Exception):
    """A notice with slots that nobody has filled: it must not be sent. `slots` names them."""

    def __init__(self, slots: Iterable[str]) -> None:
        self.slots = tuple(sorted(set(slots)))
        super().__init__(f"The notice lacks: {', '.join(self.slots)}.")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as this school shows it. `text` is Markdown and names no child."""

    version: str
    school_id: str
    consent_type: ConsentType
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What the catalog knows for a school's notices."""

    school: School
    policies: tuple[RetentionPolicy, ...]


def written(facts: SchoolFacts, language: str) -> tuple[Notice, ...]:
    """Return the notices of the asked types in `language`, or in English where it is not one of ours.

    Raises NoticeIncomplete naming every slot that is blank.
    """
    language = language if language in dict(settings.LANGUAGES) else FALLBACK
    values = slot_values(facts, language)
    needed = {name for consent_type in ASKED_TYPES for name in _source(language, consent_type).get_identifiers()}
    if missing := {name for name in needed if not values.get(name, "").strip()}:
        raise NoticeIncomplete(missing)
    return tuple(_written(facts.school.id, consent_type, language, values) for consent_type in ASKED_TYPES)


def missing_slots(facts: SchoolFacts, languages: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the blank slots in any of the languages."""
    found: set[str] = set()
    for language in set(languages):
        try:
            written(facts, language)
        except NoticeIncomplete as incomplete:
            found.update(incomplete.slots)
    return tuple(sorted(found))


def online_notice_url(school_id: str) -> str:
    """Return the address of the school's public notice (312.4(d))."""
    return settings.PORTAL_URL + reverse("online-notice", args=[school_id])


def _written(school_id: str, consent_type: ConsentType, language: str, values: Mapping[str, str]) -> Notice:
    text = _source(language, consent_type).substitute(values)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    version = f"{consent_type}@{VERSIONS[consent_type]}/{language}/sha256:{digest}"
    return Notice(version, school_id, consent_type, language, title_of(text), text)


def slot_values(facts: SchoolFacts, language: str) -> dict[str, str]:
    """Return what fills each slot of the notices, in Markdown; blank where nobody has filled it."""
    school = facts.school
    with translation.override(language):
        kept = periods(facts.policies)
    return {
        **_own_words(language),
        **kept,
        "school": escape(school.name),
        "contact": _address(school.admin_email or ""),
        "answer_days": str(settings.CONSENT_INVITATION_DAYS),
        "online_notice": f"<{online_notice_url(school.id)}>",
    }


def _address(text: str) -> str:
    """Return a mail address as a link, anything else as it is."""
    try:
        validate_email(text)
    except ValidationError:
        return escape(text)
    return f"<{text}>"


@cache
def _source(language: str, consent_type: ConsentType) -> Template:
    return Template((FOLDER / language / f"{consent_type}.md").read_text(encoding="utf-8"))


@cache
def _own_words(language: str) -> dict[str, str]:
    values = tomllib.loads((FOLDER / language / "slots.toml").read_text(encoding="utf-8"))
    return {name: str(value).strip() for name, value in values.items()}
