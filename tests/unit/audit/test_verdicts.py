"""What a verification found, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from audit.proof import verifier
from audit.rules.verdicts import KINDS, verdict_of

ONLY_OF_PACKS = {"foreign", "shuffled", "unproved", "pack_altered", "file_altered", "file_missing", "file_added"}
AT = datetime(2025, 3, 4, tzinfo=UTC)


@dataclass
class Verified:
    """A verification as a verdict reads it."""

    rows: int = 0
    unsealed: int = 0
    findings: int = 0
    first: Any = None
    finished_at: Any = AT


@dataclass
class Working:
    """A job as a verdict reads it."""

    is_open: bool


@pytest.mark.parametrize(
    ("verification", "job", "code", "words"),
    [
        (None, None, "never", "Choose Verify now"),
        (Verified(finished_at=None), Working(True), "running", "compared"),
        (Verified(finished_at=None), Working(False), "stopped", "did not come to its end"),
        (Verified(finished_at=None), None, "stopped", "did not come to its end"),
        (Verified(), None, "unsealed", "No event has a seal yet"),
        (Verified(rows=3, unsealed=3), None, "unsealed", "nothing could be compared"),
        (Verified(rows=12_345), None, "whole", "All 12,345 sealed events are exactly as they were sealed."),
        (Verified(rows=10, unsealed=3), None, "whole", "All 7 sealed events"),
        (Verified(rows=10, unsealed=3), None, "whole", "3 newer ones wait"),
        (Verified(rows=9, findings=1, first={"kind": "removed"}), None, "broken", "1 thing is not as sealed"),
        (Verified(rows=9, findings=2_000, first={"kind": "cut"}), None, "broken", "2,000 things are not as sealed"),
        (Verified(rows=9, findings=1, first={"kind": "of tomorrow"}), None, "broken", "privacy officer"),
    ],
)
def test_words(verification: Verified | None, job: Working | None, code: str, words: str) -> None:
    """Each outcome has its code and says in words what was found and what to do."""
    verdict = verdict_of(verification, job)
    assert verdict.code == code
    assert words in verdict.text


def test_every_kind_of_the_log_has_words() -> None:
    """What only packs can have is left out; everything else is said."""
    assert set(KINDS) == set(verifier.KINDS) - ONLY_OF_PACKS


@pytest.mark.parametrize(
    ("kind", "is_there"), [("altered", True), ("inserted", True), ("removed", False), ("moved", False)]
)
def test_a_row_that_is_gone_is_no_link(kind: str, is_there: bool) -> None:
    """The page links to the first row only where it can be opened."""
    verdict = verdict_of(Verified(findings=1, first={"kind": kind, "row": "one", "seal": 2}), None)
    assert (verdict.row, verdict.seal, verdict.is_there) == ("one", 2, is_there)
