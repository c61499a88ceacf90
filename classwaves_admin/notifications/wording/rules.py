"""What a school's text of a mail must hold, and what it may not: pure, over plain texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from string import Template

from classwaves_admin.notifications.wording.slots import SLOTS

__all__ = ["LONGEST", "Fault", "FaultKind", "Text", "Wording", "fault_words", "faults", "slots_in"]

# Characters of each part. A subject of more is cut by mail programs, and its slots need room.
LONGEST: Mapping[str, int] = {"subject": 120, "text": 8_000, "button": 60}
LABELS: Mapping[str, str] = {"subject": "Subject", "text": "Text", "button": "Words on the button"}
_TAG = re.compile(r"</?[a-zA-Z!]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Wording:
    """What may be worded of a kind of mail.

    A text must hold the slots that it `needs` and may hold those that are `offered`. `shipped_for` names values that
    make the portal send its own text all the same, with whom that concerns in words: a school's text speaks to parents.
    """

    title: str
    needs: tuple[str, ...]
    offers: tuple[str, ...] = ()
    shipped_for: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a slot that nobody has described."""
        if unknown := {*self.needs, *self.offers} - SLOTS.keys():
            raise ValueError(f"No such slot: {', '.join(sorted(unknown))}.")

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that a text may hold, those that it must hold first."""
        return (*self.needs, *self.offers)


@dataclass(frozen=True, slots=True)
class Text:
    """A mail before its slots are filled: subject and Markdown; the words on its button, where it has one."""

    subject: str
    text: str
    button: str = ""

    def part(self, name: str) -> str:
        """Return one part by its name."""
        return str(getattr(self, name))

    def reads_like(self, other: Text) -> bool:
        """Tell whether people would read the same."""
        return all(self.part(name).strip() == other.part(name).strip() for name in LONGEST)


class FaultKind(StrEnum):
    """What can be wrong with a text before it may be sent."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    LINES = "lines"
    CONTROL = "control"
    STRAY_DOLLAR = "stray_dollar"
    UNKNOWN_SLOT = "unknown_slot"
    MISSING = "missing"
    NOT_IN_SUBJECT = "not_in_subject"
    SLOT_ON_BUTTON = "slot_on_button"
    MARKUP = "markup"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: in which part, in which line (from 1, 0 for none), about which slot."""

    kind: FaultKind
    part: str
    line: int = 0
    slot: str = ""


def slots_in(text: str) -> tuple[str, ...]:
    """Return the slots of a text in order, each once."""
    return tuple(dict.fromkeys(Template(text).get_identifiers()))


def faults(text: Text, wording: Wording, *, has_button: bool) -> tuple[Fault, ...]:
    """Return everything that keeps a text from being sent, in the order of the form."""
    parts = ("subject", "text", "button") if has_button else ("subject", "text")
    found = [fault for part in parts for fault in _of_part(part, text.part(part), wording.slots)]
    held = slots_in(text.text)
    found += [Fault(FaultKind.MISSING, "text", slot=slot) for slot in wording.needs if slot not in held]
    return tuple(found)


def _of_part(part: str, text: str, slots: Collection[str]) -> Iterator[Fault]:
    if not text.strip():
        yield Fault(FaultKind.BLANK, part)
    if len(text) > LONGEST[part]:
        yield Fault(FaultKind.TOO_LONG, part)
    if part != "text" and len(text.strip().splitlines()) > 1:
        yield Fault(FaultKind.LINES, part)
    for number, line in enumerate(text.splitlines(), 1):
        at = number if part == "text" else 0
        yield from (Fault(kind, part, at) for kind, is_wrong in _LINE_CHECKS if is_wrong(line))
        for slot in slots_in(line):
            if kind := _wrong_slot(part, slot, slots):
                yield Fault(kind, part, at, slot)


_LINE_CHECKS: tuple[tuple[FaultKind, Callable[[str], bool]], ...] = (
    (FaultKind.CONTROL, lambda line: bool(_CONTROL.search(line))),
    (FaultKind.MARKUP, lambda line: bool(_TAG.search(line))),
    (FaultKind.STRAY_DOLLAR, lambda line: not Template(line).is_valid()),
)


def _wrong_slot(part: str, slot: str, slots: Collection[str]) -> FaultKind | None:
    if part == "button":
        return FaultKind.SLOT_ON_BUTTON
    if slot not in slots:
        return FaultKind.UNKNOWN_SLOT
    return FaultKind.NOT_IN_SUBJECT if part == "subject" and not SLOTS[slot].in_subject else None


def fault_words(fault: Fault, slots: Collection[str]) -> str:
    """Return where a fault is, what is wrong and what to do. `slots` are those that the mail may hold."""
    where = f"{LABELS[fault.part]}, line {fault.line}" if fault.line else LABELS[fault.part]
    return f"{where}: {_what(fault, slots)}"


def _what(fault: Fault, slots: Collection[str]) -> str:
    if fault.kind is FaultKind.UNKNOWN_SLOT:
        close = get_close_matches(fault.slot.lower(), list(slots), n=1)
        return f"${fault.slot} is not a slot of this mail.{f' Did you mean ${close[0]}?' if close else ''}"
    if fault.kind is FaultKind.MISSING:
        return f"${fault.slot} is missing: {SLOTS[fault.slot].words} must stand in the mail."
    return {
        FaultKind.BLANK: "nothing is written yet.",
        FaultKind.TOO_LONG: f"at most {LONGEST[fault.part]:,} characters.",
        FaultKind.LINES: "write it in one line.",
        FaultKind.CONTROL: "a character that cannot be sent stands here. Type the line again.",
        FaultKind.MARKUP: "HTML is not taken. Write **bold**, lists with dashes and headings with #.",
        FaultKind.STRAY_DOLLAR: "write $$ for a dollar sign. A single $ begins a slot.",
        FaultKind.NOT_IN_SUBJECT: f"${fault.slot} may not stand in a subject, which others may see on a locked screen.",
        FaultKind.SLOT_ON_BUTTON: "write the words themselves, without a slot.",
    }[fault.kind]
