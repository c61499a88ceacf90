"""What a verification found, in words that a superintendent understands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

WHAT_TO_DO = (
    "Change nothing in the log. Download this school’s last checkpoint, write down the time, and tell whoever runs"
    " the portal and your privacy officer: this may be a breach that has to be looked into."
)
THE_REST = "They can list everything that is wrong: manage.py verify_audit."
# What happened to the first row or seal that is wrong, after "the first is".
KINDS = {
    "altered": "an event that says something else than when it was sealed",
    "unreadable": "an event that can no longer be read",
    "refilled": "an event in which erased personal data was filled in again",
    "returned": "an event that was disposed of and is in the log again",
    "doubled": "an event that is in the log more than once",
    "moved": "an event that was moved to another day or school",
    "removed": "an event that was removed",
    "inserted": "an event that was added later than it claims",
    "reordered": "a seal whose events were exchanged",
    "seal_altered": "a seal that was altered",
    "seal_missing": "a seal in front of which another one is missing",
    "unlinked": "a seal that does not follow from the one before it",
    "unknown_key": "a seal signed with a key that the portal does not know",
    "cut": "the end of the chain: its last seals are missing",
    "miscounted": "the chain itself: what is kept of it does not agree with its seals",
    "contradicted": "a seal that differs from what the log says of it",
}
STILL_THERE = {"altered", "refilled", "returned", "doubled", "inserted"}


class Verified(Protocol):
    """What a verdict needs of a verification."""

    rows: int
    unsealed: int
    findings: int
    first: Any
    finished_at: Any


class Working(Protocol):
    """What a verdict needs of the job."""

    @property
    def is_open(self) -> bool:
        """Tell whether it still works."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: a code for its look, a title, and sentences.

    Codes are `never`, `running`, `stopped`, `unsealed`, `whole`, and `broken`. `row` and `seal` name the first thing
    that is wrong; `is_there` tells whether the row can still be opened.
    """

    code: str
    title: str
    text: str
    row: str | None = None
    seal: int | None = None
    is_there: bool = False


def verdict_of(verification: Verified | None, job: Working | None) -> Verdict:
    """Return what the last verification says."""
    if verification is None:
        return Verdict("never", "Not verified yet", "Choose Verify now: every sealed event is compared with its seal.")
    if verification.finished_at is None:
        if job is not None and job.is_open:
            return Verdict("running", "Being verified", "Every event is compared with its seal.")
        return Verdict("stopped", "Verification stopped", "It did not come to its end. Choose Verify now.")
    sealed = verification.rows - verification.unsealed
    if not verification.findings and not sealed:
        text = "No event has a seal yet, so nothing could be compared. The first seal is made within the hour."
        return Verdict("unsealed", "Nothing is proved yet", text)
    if not verification.findings:
        waiting = f" {verification.unsealed:,} newer ones wait for the next sealing." if verification.unsealed else ""
        text = f"All {sealed:,} sealed events are exactly as they were sealed.{waiting}"
        return Verdict("whole", "Nothing was altered, removed or inserted", text)
    first = verification.first or {}
    things = "1 thing is" if verification.findings == 1 else f"{verification.findings:,} things are"
    what = KINDS.get(first.get("kind", ""), "one that the portal has no word for")
    rest = f" {THE_REST}" if verification.findings > 1 else ""
    text = f"{things} not as sealed; the first is {what}. {WHAT_TO_DO}{rest}"
    return Verdict(
        "broken",
        "The log is not as it was sealed",
        text,
        first.get("row"),
        first.get("seal"),
        first.get("kind") in STILL_THERE,
    )
