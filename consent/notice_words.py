"""Words for the slots and faults of notices, for the pages on which staff write them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from consent.rules.notices import LISTS, LONGEST_TEXT, LONGEST_TITLE, LONGEST_WORDS, PARTIES, Fault, FaultKind

# What the school's own words are asked for, as labels and hints of the form.
WORDS_LABELS = {
    "address_source": "Where the parent’s address comes from",
    "items_collected": "What is collected",
    "uses": "What it is used for",
    "third_parties": "Companies that work for ClassWaves",
    "partners": "With whom results are shared",
}
ONE_A_LINE = "One a line."
NAME_AND_PURPOSE = "One a line, with its purpose: “Gradebook Inc.: shows results to teachers”."


def words_hint(slot: str) -> str:
    """Return how the words for a slot are written."""
    if slot in PARTIES:
        return NAME_AND_PURPOSE
    return ONE_A_LINE if slot in LISTS else "One or two sentences."


def fault_words(fault: Fault, slots: Iterable[str] = ()) -> str:
    """Return what is wrong and what to do. `slots` are those that the notice may hold, to guess what was meant."""
    label = WORDS_LABELS.get(fault.slot, "The text")
    if fault.kind is FaultKind.MISSING and fault.requirement:
        return f"${fault.slot} is missing. Parents must read {fault.requirement.says} ({fault.requirement.law})."
    if fault.kind is FaultKind.UNKNOWN_SLOT:
        return f"${fault.slot} is not a slot of this notice.{_meant(fault.slot, slots)}"
    longest = LONGEST_WORDS if fault.slot else LONGEST_TEXT
    return {
        FaultKind.STRAY_DOLLAR: f"Line {fault.line}: write $$ for a dollar sign. A single $ begins a slot.",
        FaultKind.NO_TITLE: f"The first line must be the title: # and at most {LONGEST_TITLE} characters.",
        FaultKind.TOO_LONG: f"{label} is too long: at most {longest:,} characters.",
        FaultKind.BLANK_WORDS: f"{label}: nothing is written yet.",
        FaultKind.SLOT_IN_WORDS: f"{label}: write the words themselves; slots stand in the text alone.",
        FaultKind.NO_PURPOSE: f"{label}, line {fault.line}: say who, a colon, and for what (16 CFR 312.4(c)(1)(iv)).",
    }[fault.kind]


def _meant(slot: str, slots: Iterable[str]) -> str:
    close = get_close_matches(slot.lower(), list(slots), n=1)
    return f" Did you mean ${close[0]}?" if close else ""
