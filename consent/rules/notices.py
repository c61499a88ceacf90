"""What a notice to parents must say, and which answers a changed notice asks for again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from string import Template

from consent.vocabulary import ConsentType, NoticeChange

# Slots that the portal fills from what the catalog knows of the school.
FACTS = frozenset(
    {"school", "contact", "answer_days", "online_notice", "keep_audio", "keep_transcripts", "keep_analyses"}
    | {"keep_sessions"}
)
# Slots that a school may word itself, each in the one notice that tells of it.
OWN_WORDS: Mapping[ConsentType, tuple[str, ...]] = {
    ConsentType.SERVICE: ("address_source", "items_collected", "uses", "third_parties"),
    ConsentType.THIRD_PARTY: ("partners",),
}
# Own words that are lists, an item a line.
LISTS = frozenset({"items_collected", "uses", "third_parties", "partners"})
# Lists of third parties: each by name or category, with the purpose (312.4(c)(1)(iv)).
PARTIES = frozenset({"third_parties", "partners"})

LONGEST_TEXT = 10_000
LONGEST_WORDS = 3_000
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Requirement:
    """A slot that a notice must hold, what it tells the parent, and the law that asks for it."""

    slot: str
    says: str
    law: str


_KEPT = "16 CFR 312.10, 312.4(d)"
REQUIREMENTS: Mapping[ConsentType, tuple[Requirement, ...]] = {
    ConsentType.SERVICE: (
        Requirement("school", "who asks", "16 CFR 312.4(d)(1)"),
        Requirement("address_source", "where the parent’s address came from", "16 CFR 312.4(c)(1)(i)"),
        Requirement("without_consent", "that nothing is collected without consent", "16 CFR 312.4(c)(1)(ii)"),
        Requirement("items_collected", "what is collected", "16 CFR 312.4(c)(1)(iii)"),
        Requirement("uses", "what it is used for", "16 CFR 312.4(c)(1)(iii)"),
        Requirement("third_parties", "who else gets it, and for what", "16 CFR 312.4(c)(1)(iv)"),
        Requirement("may_refuse", "that sharing can be refused while taking part", "16 CFR 312.5(a)(2)"),
        Requirement("online_notice", "where the notice stands on the internet", "16 CFR 312.4(c)(1)(v)"),
        Requirement("how_to_answer", "how to consent", "16 CFR 312.4(c)(1)(vi)"),
        Requirement("no_answer", "that the address is deleted where no answer comes", "16 CFR 312.4(c)(1)(vii)"),
        Requirement("keep_audio", "how long recordings are kept", _KEPT),
        Requirement("keep_transcripts", "how long transcripts are kept", _KEPT),
        Requirement("keep_analyses", "how long AI analyses are kept", _KEPT),
        Requirement("keep_sessions", "how long session records are kept", _KEPT),
        Requirement(
            "rights",
            "how to see, delete and stop, and whom to write to",
            "16 CFR 312.4(d)(3), 312.6(a)",
        ),
        Requirement("no_penalty", "that refusing has no penalty", "16 CFR 312.7"),
        Requirement("paper", "that there is a paper form", "15 USC 7001(c)(1)(B)(i)"),
    ),
    ConsentType.AUDIO: (
        Requirement("keep_audio", "how long recordings are kept", _KEPT),
        Requirement("keep_transcripts", "how long transcripts are kept", _KEPT),
        Requirement("refuse_recording", "that recording can be refused alone", "16 CFR 312.7"),
    ),
    ConsentType.AI: (
        Requirement("keep_analyses", "how long AI analyses are kept", _KEPT),
        Requirement("refuse_analysis", "that analysis can be refused alone", "16 CFR 312.7"),
    ),
    ConsentType.THIRD_PARTY: (
        Requirement("partners", "with whom it is shared, and for what", "16 CFR 312.4(c)(1)(iv)"),
        Requirement("refuse_sharing", "that sharing can be refused alone", "16 CFR 312.5(a)(2)"),
        Requirement("stronger_check", "that a mail is not enough to consent", "16 CFR 312.4(c)(1)(vi), 312.5(b)(2)"),
    ),
}  # the child's first name stands beside the notice, so that one text serves a whole school


class FaultKind(StrEnum):
    """What can be wrong with a text before it may be shown to a parent."""

    MISSING = "missing"
    UNKNOWN_SLOT = "unknown_slot"
    STRAY_DOLLAR = "stray_dollar"
    NO_TITLE = "no_title"
    TOO_LONG = "too_long"
    BLANK_WORDS = "blank_words"
    SLOT_IN_WORDS = "slot_in_words"
    NO_PURPOSE = "no_purpose"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `slot` names what it is about, `line` counts from 1 where a line is meant."""

    kind: FaultKind
    slot: str = ""
    line: int = 0
    requirement: Requirement | None = None


def faults(
    consent_type: ConsentType,
    text: str,
    words: Mapping[str, str],
    *,
    sentences: Iterable[str],
    shipped: Mapping[str, str],
) -> tuple[Fault, ...]:
    """Return everything that keeps a notice from being shown, in the order of the form.

    `words` are the school's own by slot, `sentences` the slots of the law's sentences, `shipped` the words
    that come with the portal, whose lines may stay as they are.
    """
    return (
        *_faults_of_text(consent_type, text, sentences),
        *(one for slot in OWN_WORDS.get(consent_type, ()) for one in _faults_of_words(slot, words, shipped)),
    )


def slots_in(text: str) -> tuple[str, ...]:
    """Return the slots of a text in order, each once."""
    return tuple(dict.fromkeys(Template(text).get_identifiers()))


def lines_of(words: str) -> list[str]:
    """Return the items of a list without dashes and blank lines."""
    stripped = (re.sub(r"^\s*[-*]\s+", "", line).strip() for line in words.splitlines())
    return [line for line in stripped if line]


def as_markdown(slot: str, words: str) -> str:
    """Return a school's own words as they stand in the notice: a list where the slot is one."""
    return "\n".join(f"- {line}" for line in lines_of(words)) if slot in LISTS else words.strip()


def _faults_of_text(consent_type: ConsentType, text: str, sentences: Iterable[str]) -> Iterator[Fault]:
    if len(text) > LONGEST_TEXT:
        yield Fault(FaultKind.TOO_LONG)
    title = re.match(r"\s*#[ \t]+(?P<title>\S[^\n]*)", text)
    if title is None or len(title["title"]) > LONGEST_TITLE:
        yield Fault(FaultKind.NO_TITLE)
    for number, line in enumerate(text.splitlines(), 1):
        if not Template(line).is_valid():
            yield Fault(FaultKind.STRAY_DOLLAR, line=number)
    held = slots_in(text)
    known = FACTS | set(sentences) | set(OWN_WORDS.get(consent_type, ()))
    yield from (Fault(FaultKind.UNKNOWN_SLOT, slot) for slot in held if slot not in known)
    for one in REQUIREMENTS[consent_type]:
        if one.slot not in held:
            yield Fault(FaultKind.MISSING, one.slot, requirement=one)


def _faults_of_words(slot: str, words: Mapping[str, str], shipped: Mapping[str, str]) -> Iterator[Fault]:
    own = words.get(slot, "")
    if not (lines := lines_of(own)):
        yield Fault(FaultKind.BLANK_WORDS, slot)
    if len(own) > LONGEST_WORDS:
        yield Fault(FaultKind.TOO_LONG, slot)
    if slots_in(own):
        yield Fault(FaultKind.SLOT_IN_WORDS, slot)
    if slot in PARTIES:
        may_stay = set(lines_of(shipped.get(slot, "")))
        for number, line in enumerate(lines, 1):
            name, _, purpose = line.partition(":")
            if line not in may_stay and not (name.strip() and purpose.strip()):
                yield Fault(FaultKind.NO_PURPOSE, slot, number)


def next_version(number: int, wording: int, change: NoticeChange) -> tuple[int, int]:
    """Return the number and wording of the text that follows: a change of meaning starts a new number."""
    return (number + 1, 0) if change is NoticeChange.MATERIAL else (number, wording + 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as its version names it."""

    consent_type: str
    number: int
    language: str
    digest: str


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of one guardian about one child that still stands, with the notice that was shown."""

    consent_type: str
    given: bool
    notice: str
    at: datetime


# The number in force of each notice, by consent type and language.
Numbers = Mapping[tuple[str, str], int]
_VERSION = re.compile(r"(?P<type>[a-z_]+)@(?P<number>\d+)/(?P<language>[a-zA-Z-]+)/sha256:(?P<digest>[0-9a-f]+)")


def shown(version: str) -> Shown | None:
    """Return what a `consent_text_version` names, or None for a word of another service."""
    match = _VERSION.fullmatch(version)
    return Shown(match["type"], int(match["number"]), match["language"], match["digest"]) if match else None


def names_its_parties(words: Mapping[str, str], shipped: Mapping[str, str]) -> bool:
    """Tell whether no list of third parties has a line left of the general words that come with the portal.

    A consent to sharing counts for those whom it names (16 CFR 312.5(a)(2)).
    """
    lists = {slot: lines_of(text) for slot, text in words.items() if slot in PARTIES}
    return not any(set(lines) & set(lines_of(shipped[slot])) for slot, lines in lists.items())


def is_outdated(version: str, numbers: Numbers) -> bool:
    """Tell whether the notice has changed in meaning since this one was shown.

    Only the number counts: another wording has another digest and asks nobody again.
    """
    seen = shown(version)
    return seen is not None and seen.number < numbers.get((seen.consent_type, seen.language), 0)


def to_ask_again(said: Iterable[Said], numbers: Numbers) -> frozenset[str]:
    """Return the types whose consent was given to an older notice: a material change needs a new consent.

    16 CFR 312.5(a)(1) asks for it where the parent has consented to the practice before; a refusal stands.
    Until then the older consent stays in force for what it was given for. The latest answer to a type counts.
    """
    latest: dict[str, Said] = {}
    for one in sorted(said, key=lambda one: one.at):
        latest[one.consent_type] = one
    return frozenset(kind for kind, one in latest.items() if one.given and is_outdated(one.notice, numbers))
