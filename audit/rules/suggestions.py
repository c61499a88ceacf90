"""What the search box offers while somebody types. Pure: texts and names in, offers out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from audit.events import EVENTS, Basis
from audit.rules.criteria import ANY_OF_GROUP
from audit.rules.language import QUALIFIERS, WORD, Term
from audit.rules.lines import CATEGORY_LABELS
from audit.rules.periods import Period

MOST_OFFERS = 10
# What each qualifier looks for, and an example.
HELP: Mapping[str, tuple[str, str]] = {
    "school": ("A school by its name or id", 'school:"Hill School"'),
    "period": ("The last days, today included", "period:30d"),
    "on": ("One day", "on:2026-09-01"),
    "after": ("From this day or time on", "after:2026-09-01"),
    "before": ("Before this day or time", "before:2026-10-01T08:30"),
    "event": ("What happened; a group ends with *", "event:consent.*"),
    "category": ("Sign-in, classroom session or data", "category:data"),
    "actor": ("Who did it: a part of a name, or an id", "actor:rivera"),
    "student": ("Whom it was about: a part of a name, or an id", 'student:"Maya R."'),
    "resource": ("The kind of record, or one record", "resource:consent"),
    "basis": ("The legal basis", "basis:COPPA_VPC"),
    "ip": ("The network address; * at the end for a part of it", "ip:10.20.*"),
    "session": ("The classroom session", "session:4711"),
    "grant": ("What ClassWaves did within a support grant", "grant:…"),
}
# Every kind of record that events of the portal name, and those of other services.
RESOURCES = (
    "access_review",
    "account",
    "api_key",
    "archive_file",
    "audit_log",
    "campaign",
    "certificate",
    "consent",
    "consent_notice",
    "data_inventory",
    "disclosure",
    "district",
    "evidence",
    "guardian",
    "invitation",
    "job",
    "legal_hold",
    "made_file",
    "mail",
    "mail_text",
    "outbox_entry",
    "page",
    "report",
    "request",
    "retention_policy",
    "retention_run",
    "roster",
    "saved_search",
    "school",
    "seal",
    "seal_chain",
    "session",
    "setting",
    "student",
    "subprocessor",
    "support_grant",
)
PEOPLE_FROM = 2  # letters: fewer fit half a school


@dataclass(frozen=True, slots=True)
class Typing:
    """The piece that somebody is typing: where it stands, and what there is of it."""

    start: int
    end: int
    excluded: bool
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the list: what is written, what it means, and the whole text of the box with it."""

    shown: str
    note: str
    text: str


def typing(text: str, caret: int) -> Typing:
    """Return the piece of the text in which the caret stands."""
    caret = max(0, min(caret, len(text)))
    start, quoted = 0, False
    for place, character in enumerate(text[:caret]):
        if character == '"':
            quoted = not quoted
        elif character.isspace() and not quoted:
            start = place + 1
    end = caret
    while end < len(text) and not text[end].isspace():
        end += 1
    piece = text[start:caret]
    excluded = piece.startswith("-")
    name, colon, value = piece.removeprefix("-").partition(":")
    if not colon or name.lower() not in QUALIFIERS:
        name, value = WORD, piece.removeprefix("-")
    return Typing(start, end, excluded, name.lower(), value.replace('"', ""))


def offers(text: str, piece: Typing, *, today: date, schools: Iterable[str], people: Iterable[str]) -> list[Offer]:
    """Return what fits the piece, at most MOST_OFFERS. `people` are values for its qualifier, best first."""
    fitting = _words(piece) if piece.name == WORD else _values(piece, today, schools, people)
    found = []
    for term, note, goes_on in islice(fitting, MOST_OFFERS):
        shown = f"{'-' if piece.excluded else ''}{term}"
        rest = text[piece.end :].lstrip()
        found.append(Offer(shown, note, f"{text[: piece.start]}{shown}{'' if goes_on else ' '}{rest}"))
    return found


def _words(piece: Typing) -> Iterator[tuple[str, str, bool]]:
    """Yield qualifiers that begin so, then events whose words fit."""
    asked = piece.value.casefold()
    for name, (note, _) in HELP.items():
        if name.startswith(asked):
            yield f"{name}:", note, True
    if asked:
        yield from ((str(Term("event", value)), note, False) for value, note in _events() if _fits(asked, value, note))


def _values(
    piece: Typing, today: date, schools: Iterable[str], people: Iterable[str]
) -> Iterator[tuple[str, str, bool]]:
    asked = piece.value.casefold()
    known: Mapping[str, Sequence[tuple[str, str]]] = {
        "school": [(name, "") for name in schools],
        "period": [(str(period.value), str(period.label)) for period in Period],
        "event": list(_events()),
        "category": list(CATEGORY_LABELS.items()),
        "resource": [(kind, "") for kind in RESOURCES],
        "basis": [(basis.value, "") for basis in Basis],
    }
    for value, note in known.get(piece.name, ()):
        if _fits(asked, value, note):
            yield str(Term(piece.name, value)), note, False
    if piece.name in ("on", "after", "before"):
        yield from (
            (str(Term(piece.name, str(day))), note, False)
            for day, note in _days(today)
            if str(day).startswith(piece.value)
        )
    yield from ((str(Term(piece.name, value)), "", False) for value in people)


def _events() -> Iterator[tuple[str, str]]:
    """Yield the names and words of events, each group before its own."""
    group = ""
    for event in sorted(EVENTS.values(), key=lambda event: event.name):
        prefix = event.name.partition(".")[0]
        if prefix != group:
            group = prefix
            yield f"{prefix}{ANY_OF_GROUP}", "All of this group"
        yield event.name, event.label


def _days(today: date) -> list[tuple[date, str]]:
    return [
        (today, "Today"),
        (today - timedelta(days=1), "Yesterday"),
        (today - timedelta(days=today.weekday()), "Monday of this week"),
        (today.replace(day=1), "First day of this month"),
        (today.replace(month=1, day=1), "First day of this year"),
    ]


def _fits(asked: str, *texts: str) -> bool:
    return any(asked in text.casefold() for text in texts)
