"""What parents read in English needs no more than six years of school."""

from __future__ import annotations

import re
from pathlib import Path

import pyphen
import pytest

from consent import consequences
from tests.unit.consent.test_spanish import marked_in

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "templates" / "consent" / "parents").glob("*.html"))
NOTICES = sorted((ROOT / "consent" / "notices" / "en").glob("*.md"))
MAILS = sorted((ROOT / "templates" / "emails" / "consent" / "en").glob("*.txt"))
SIXTH_GRADE = 6.0
# A heading alone has no reading level.
FEWEST_WORDS = 30
_SYLLABLES = pyphen.Pyphen(lang="en_US", left=1, right=1)
_NAMES = re.compile(r"%\(\w+\)s|\{\{[^}]*\}\}|\$\w+")
_MARKUP = re.compile(r"\{%.*?%\}|\{#.*?#\}|https?://\S+|[#*`]")


def grade(text: str) -> float | None:
    """Return the grade by Flesch and Kincaid; None for a text too short to have one. A filled slot counts as a name."""
    plain = _NAMES.sub("Ana", _MARKUP.sub(" ", text))
    sentences = [one for one in re.split(r"[.!?:]\s|\n\s*\n|\n-", plain + " ") if re.search(r"[A-Za-z]{2}", one)]
    words = re.findall(r"[A-Za-z][A-Za-z’'-]*", plain)
    if len(words) < FEWEST_WORDS:
        return None
    syllables = sum(len(_SYLLABLES.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_the_measure_tells_plain_from_hard() -> None:
    """A sentence of a statute is far above, one for children far below."""
    hard = "The operator shall obtain verifiable parental consent before any collection, use, or disclosure. " * 4
    assert (grade(hard) or 0) > SIXTH_GRADE * 2
    assert (grade("You can say no. We keep it for a month. Then we delete it. " * 4) or 99) < SIXTH_GRADE / 2


@pytest.mark.parametrize("place", [*PAGES, Path(str(consequences.__file__))], ids=lambda path: path.name)
def test_pages_are_plain(place: Path) -> None:
    """Every page for parents, and the words of the summary."""
    found = grade("\n\n".join(marked_in(place)))
    assert found is None or found <= SIXTH_GRADE


@pytest.mark.parametrize("place", [*NOTICES, *MAILS], ids=lambda path: path.name)
def test_notices_and_mails_are_plain(place: Path) -> None:
    """Every notice as we ship it, and every mail."""
    found = grade(place.read_text(encoding="utf-8"))
    assert found is None or found <= SIXTH_GRADE
