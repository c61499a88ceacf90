"""Writes the notices of a school: fills the slots, names the version, says what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from string import Template

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import translation

from classwaves_admin.warehouse.models import School
from consent.notices import shipped
from consent.notices.kept import Days
from consent.notices.markdown import escape, title_of
from consent.notices.periods import in_slots
from consent.rules.notices import as_markdown, slots_in
from consent.vocabulary import ASKED_TYPES, ConsentType


class NoticeIncomplete(Exception):
    """A notice with slots that nobody has filled: it must not be sent. `slots` names them."""

    def __init__(self, slots: Iterable[str]) -> None:
        self.slots = tuple(sorted(set(slots)))
        super().__init__(f"The notice lacks: {', '.join(self.slots)}.")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as this school shows it. `text` is Markdown and names no child.

    `number` rises with each change of meaning; `written_from` is the id of the school's own version, empty
    for a text that comes with the portal.
    """

    version: str
    school_id: str
    consent_type: ConsentType
    language: str
    title: str
    text: str
    number: int = 1
    written_from: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A notice before its slots are filled: the Markdown and the words for the slots that a school may word."""

    text: str
    words: Mapping[str, str]
    number: int = 0
    written_from: str = ""

    def reads_like(self, other: Source) -> bool:
        """Tell whether parents would read the same."""
        return (self.text.strip(), _own(self)) == (other.text.strip(), _own(other))


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What a school's notices are written from.

    `days` says how long it keeps each kind of data, `own` are its own texts in force, by type and language,
    `answer_days` how long a guardian can answer.
    """

    school: School
    days: Days
    own: Mapping[tuple[str, str], Source] = field(default_factory=dict)
    answer_days: int = field(default_factory=lambda: settings.CONSENT_INVITATION_DAYS)

    def source(self, consent_type: ConsentType, language: str) -> Source:
        """Return the text in force: the school's own, or the one that comes with the portal."""
        return self.own.get((consent_type.value, language)) or shipped_source(consent_type, language)


def shipped_source(consent_type: ConsentType, language: str) -> Source:
    """Return the text that comes with the portal."""
    words = shipped.own_words(language, consent_type)
    return Source(shipped.source(language, consent_type), words, shipped.VERSIONS[consent_type])


def written(facts: SchoolFacts, language: str) -> tuple[Notice, ...]:
    """Return the notices of the asked types in `language`, or in English where it is not one of ours.

    Raises NoticeIncomplete naming every slot that is blank.
    """
    language = shipped.known_language(language)
    values = slot_values(facts, language)
    sources = {kind: facts.source(kind, language) for kind in ASKED_TYPES}
    if missing := {slot for source in sources.values() for slot in _blanks(source, language, values)}:
        raise NoticeIncomplete(missing)
    return tuple(_notice(facts.school.id, kind, language, source, values) for kind, source in sources.items())


def missing_slots(facts: SchoolFacts, languages: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the blank slots in any of the languages."""
    found: set[str] = set()
    for language in set(languages):
        try:
            written(facts, language)
        except NoticeIncomplete as incomplete:
            found.update(incomplete.slots)
    return tuple(sorted(found))


def blanks_of(facts: SchoolFacts, consent_type: ConsentType, language: str) -> tuple[str, ...]:
    """Return the names of the blank slots of one notice."""
    return tuple(sorted(_blanks(facts.source(consent_type, language), language, slot_values(facts, language))))


def drafted(facts: SchoolFacts, language: str, source: Source, *, blank: Callable[[str], str]) -> str:
    """Return a text as parents would see it, with what `blank` says for a slot that is unknown or has no value."""
    values = slot_values(facts, language) | _own(source)
    filled = {slot: values.get(slot, "").strip() or blank(slot) for slot in slots_in(source.text)}
    return Template(source.text).safe_substitute(filled)


def online_notice_url(school_id: str) -> str:
    """Return the address of the school's public notice (312.4(d))."""
    return settings.PORTAL_URL + reverse("online-notice", args=[school_id])


def _notice(
    school_id: str, consent_type: ConsentType, language: str, source: Source, values: Mapping[str, str]
) -> Notice:
    text = Template(source.text).substitute({**values, **_own(source)})
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    version = f"{consent_type}@{source.number}/{language}/sha256:{digest}"
    return Notice(version, school_id, consent_type, language, title_of(text), text, source.number, source.written_from)


def _own(source: Source) -> dict[str, str]:
    return {slot: as_markdown(slot, words) for slot, words in source.words.items()}


def _blanks(source: Source, language: str, values: Mapping[str, str]) -> set[str]:
    """Return the slots without a value: those of the text, and those inside the law's sentences in it."""
    known = {**values, **_own(source)}
    sentences = shipped.sentences(language)
    named = set(slots_in(source.text))
    named |= {inner for slot in named & set(sentences) for inner in slots_in(sentences[slot])}
    return {slot for slot in named if not known.get(slot, "").strip()}


def slot_values(facts: SchoolFacts, language: str) -> dict[str, str]:
    """Return what fills each slot of the notices in force, in Markdown; blank where nobody has filled it."""
    school = facts.school
    with translation.override(language):
        kept = in_slots(facts.days)
    known = {
        **kept,
        "school": escape(school.name),
        "contact": _address(school.admin_email or ""),
        "answer_days": str(facts.answer_days),
        "online_notice": f"<{online_notice_url(school.id)}>",
    }
    sentences = {slot: Template(text).substitute(known) for slot, text in shipped.sentences(language).items()}
    own = {slot: text for kind in ASKED_TYPES for slot, text in _own(facts.source(kind, language)).items()}
    return known | sentences | own


def _address(text: str) -> str:
    """Return a mail address as a link, anything else as it is."""
    try:
        validate_email(text)
    except ValidationError:
        return escape(text)
    return f"<{text}>"
