"""What the search box offers while somebody types."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.language import QUALIFIERS, parse
from audit.rules.suggestions import HELP, MOST_OFFERS, RESOURCES, Typing, offers, typing
from tests.unit.audit.test_language import typed

TODAY = date(2025, 3, 12)
ROOT = Path(__file__).parents[3]
RESOURCE = re.compile(r"\bresource\s*=\s*\(\"([a-z_]+)\"")


def offered(text: str, caret: int | None = None, people: tuple[str, ...] = ()) -> list[str]:
    """Return the texts that the box would hold."""
    piece = typing(text, len(text) if caret is None else caret)
    return [offer.text for offer in offers(text, piece, today=TODAY, schools=["Hill School"], people=people)]


@pytest.mark.parametrize(
    ("text", "caret", "piece"),
    [
        ("", 0, Typing(0, 0, excluded=False, name="", value="")),
        ("rain ", 5, Typing(5, 5, excluded=False, name="", value="")),
        ("rain -ev:x snow", 8, Typing(5, 10, excluded=True, name="", value="ev")),
        ('student:"Maya R', 15, Typing(0, 15, excluded=False, name="student", value="Maya R")),
        ("event:con rain", 9, Typing(0, 9, excluded=False, name="event", value="con")),
        ("event:con", 99, Typing(0, 9, excluded=False, name="event", value="con")),
    ],
)
def test_the_piece_at_the_caret_is_found(text: str, caret: int, piece: Typing) -> None:
    """Quotation marks keep a piece together, also one that is not closed yet."""
    assert typing(text, caret) == piece


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ev", "event:"),
        ("rain -ac", "rain -actor:"),
        ("event:consent.g", "event:consent.granted "),
        ("event:auth", "event:auth.* "),
        ("withdrawn", "event:consent.revoked "),
        ("school:hill", 'school:"Hill School" '),
        ("period:", "period:today "),
        ("on:", "on:2025-03-12 "),
        ("after:2025-03-10", "after:2025-03-10 "),
        ("basis:vpc", "basis:COPPA_VPC "),
        ("resource:audit", "resource:audit_log "),
    ],
)
def test_what_fits_is_offered(text: str, first: str) -> None:
    """Qualifiers, events by name or words, days and codes; the rest of the box stays."""
    assert offered(text)[0] == first


def test_people_are_offered_by_name() -> None:
    """A name with a space comes in quotation marks, and what stands behind the caret stays."""
    assert offered('student:"may rain', 12, ("Maya R.",)) == ['student:"Maya R." rain']


@given(typed, st.integers(-3, 40))
def test_every_offer_can_be_read(text: str, caret: int) -> None:
    """Whatever is typed, there are few offers, and choosing one leaves a piece that is complete or goes on."""
    piece = typing(text, caret)
    found = offers(text, piece, today=TODAY, schools=["Hill School"], people=["Maya R."])
    assert len(found) <= MOST_OFFERS
    for offer in found:
        assert offer.shown.endswith(":") or not parse(offer.shown).problems


def test_every_qualifier_has_its_help() -> None:
    """The table of the language names each qualifier in the order of the box, and its examples can be read."""
    assert set(HELP) == set(QUALIFIERS)
    assert all(not parse(example).problems for _, example in HELP.values())
    assert list(RESOURCES) == sorted(RESOURCES)


def test_every_kind_of_record_that_is_noted_is_offered() -> None:
    """A new kind in an audit event belongs into the list; what no event of ours names is another service's."""
    apps = ("audit", "classwaves_admin", "consent", "retention")
    files = (path for app in apps for path in (ROOT / app).rglob("*.py") if "sample" not in path.parts)
    noted = {kind for path in files for kind in RESOURCE.findall(path.read_text())}
    assert noted <= set(RESOURCES)
    assert set(RESOURCES) - noted <= {"consent", "disclosure", "support_grant"}, "of other services, or of a variable"
