"""What a notice must say, and whom a changed one asks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.notices import shipped
from consent.rules.notices import (
    LONGEST_TEXT,
    LONGEST_WORDS,
    REQUIREMENTS,
    Fault,
    FaultKind,
    Said,
    as_markdown,
    faults,
    is_outdated,
    lines_of,
    next_version,
    shown,
    slots_in,
    to_ask_again,
)
from consent.vocabulary import ASKED_TYPES, ConsentType, NoticeChange

NOW = datetime(2025, 3, 4, 15, tzinfo=UTC)
SERVICE, AUDIO, SHARING = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.THIRD_PARTY
# A text that holds everything the law asks for, and nothing else.
FIT = {kind: "# Title\n\n" + "\n\n".join(f"${one.slot}" for one in REQUIREMENTS[kind]) for kind in ASKED_TYPES}


def judged(kind: ConsentType, text: str, **words: str) -> tuple[Fault, ...]:
    """Return the faults of an English text; `words` replace the shipped ones."""
    plain = shipped.own_words("en", kind)
    return faults(kind, text, plain | words, sentences=shipped.sentences("en"), shipped=plain)


def kinds(found: tuple[Fault, ...]) -> list[tuple[str, str]]:
    """Return what is wrong, and with what."""
    return [(one.kind.value, one.slot) for one in found]


@pytest.mark.parametrize("kind", ASKED_TYPES)
def test_a_text_with_everything_has_no_fault(kind: ConsentType) -> None:
    """The slots that the law asks for are enough."""
    assert judged(kind, FIT[kind]) == ()


@pytest.mark.parametrize(
    ("kind", "slot"), [(kind, one.slot) for kind in ASKED_TYPES for one in REQUIREMENTS[kind]], ids=str
)
def test_each_part_of_the_direct_notice_is_missed(kind: ConsentType, slot: str) -> None:
    """Whatever is left out is named, with what it tells the parent and the law that asks for it."""
    found = judged(kind, FIT[kind].replace(f"${slot}\n", "\n").removesuffix(f"${slot}"))
    assert kinds(found) == [("missing", slot)]
    assert found[0].requirement is not None
    assert found[0].requirement.says
    assert found[0].requirement.law


@pytest.mark.parametrize("kind", ASKED_TYPES)
def test_every_required_slot_can_be_filled(kind: ConsentType) -> None:
    """Each is a fact of the school, a sentence of the law, or the school's own words."""
    held = set(slots_in(shipped.source("en", kind)))
    assert {one.slot for one in REQUIREMENTS[kind]} <= held


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n$shcool", [("unknown_slot", "shcool")]),
        ("\n$School", [("unknown_slot", "School")]),
        ("\n$partners", [("unknown_slot", "partners")]),  # belongs to the notice about sharing
        ("\nIt costs $5", [("stray_dollar", "")]),
        ("\nIt costs $$5", []),
        ("\n${school}", []),
        ("\n" + "x" * LONGEST_TEXT, [("too_long", "")]),
        ("\n<b>$school</b>", []),  # raw HTML stays text
    ],
)
def test_slots_and_length_of_a_text(text: str, found: list[tuple[str, str]]) -> None:
    """Unknown slots are named; a dollar that is none is doubled."""
    assert kinds(judged(SERVICE, FIT[SERVICE] + text)) == found


def test_a_stray_dollar_is_found_by_its_line() -> None:
    """The third line of the text."""
    assert judged(AUDIO, f"# Title\n\n5 $ a day\n{FIT[AUDIO]}")[0] == Fault(FaultKind.STRAY_DOLLAR, line=3)


@pytest.mark.parametrize("start", ["No heading\n", "## Second level\n", "#\n", "# " + "x" * 121 + "\n"])
def test_a_text_begins_with_its_title(start: str) -> None:
    """The title stands in the frozen text's own column, and as a heading of the page."""
    text = FIT[AUDIO].removeprefix("# Title\n")
    assert kinds(judged(AUDIO, start + text)) == [("no_title", "")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"partners": ""}, [("blank_words", "partners")]),
        ({"partners": " \n- \n"}, [("blank_words", "partners")]),
        ({"partners": "Gradebook Inc.: shows results to teachers"}, []),
        ({"partners": "- Gradebook Inc.: shows results\n\n- Other: more"}, []),
        ({"partners": "Gradebook Inc."}, [("no_purpose", "partners")]),
        ({"partners": "Gradebook Inc.:"}, [("no_purpose", "partners")]),
        ({"partners": ": shows results"}, [("no_purpose", "partners")]),
        ({"partners": "$school: x"}, [("slot_in_words", "partners")]),
        ({"partners": "A: b" + "x" * LONGEST_WORDS}, [("too_long", "partners")]),
    ],
)
def test_third_parties_are_named_with_their_purpose(words: dict[str, str], found: list[tuple[str, str]]) -> None:
    """312.4(c)(1)(iv): who, and for what. The shipped lines may stay."""
    assert kinds(judged(SHARING, FIT[SHARING], **words)) == found


def test_the_line_without_a_purpose_is_told() -> None:
    """Lines are counted as the person sees them, without blank ones."""
    assert judged(SHARING, FIT[SHARING], partners="A: b\n\nC")[0].line == 2


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1), max_size=5))
def test_lists_keep_their_items(items: list[str]) -> None:
    """Written with or without dashes, a list reads the same, and writing it twice changes nothing."""
    once = as_markdown("uses", "\n".join(items))
    assert as_markdown("uses", once) == once
    assert lines_of(once) == lines_of("\n".join(items))


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ((1, 0), NoticeChange.MINOR, (1, 1)),
        ((1, 1), NoticeChange.MINOR, (1, 2)),
        ((1, 2), NoticeChange.MATERIAL, (2, 0)),
        ((9, 0), NoticeChange.MATERIAL, (10, 0)),
    ],
)
def test_only_a_change_of_meaning_raises_the_number(
    before: tuple[int, int], change: NoticeChange, after: tuple[int, int]
) -> None:
    """The number is what decides whether anybody is asked again."""
    assert next_version(*before, change) == after


def version(kind: str = "audio_recording", number: int = 1, language: str = "en", digest: str = "0" * 12) -> str:
    """Return the version of a notice."""
    return f"{kind}@{number}/{language}/sha256:{digest}"


NUMBERS = {("audio_recording", "en"): 2, ("audio_recording", "es"): 1, ("service_collection_use", "en"): 1}


@pytest.mark.parametrize(
    ("seen", "outdated"),
    [
        (version(), True),
        (version(number=2), False),
        (version(number=2, digest="f" * 12), False),  # another wording
        (version(number=3), False),
        (version(language="es"), False),  # the Spanish text has not changed
        (version(language="ar"), False),  # a language that the school does not write any more
        (version("service_collection_use"), False),
        (version("unheard_of"), False),
        ("consent form of 2019", False),  # another service's word names nothing that we could compare
        ("", False),
    ],
)
def test_only_an_older_number_is_outdated(seen: str, outdated: bool) -> None:
    """The digest and other languages do not count."""
    assert is_outdated(seen, NUMBERS) is outdated


def said(kind: str = "audio_recording", *, given: bool = True, number: int = 1, days: int = 0) -> Said:
    """Return an answer of some days ago."""
    return Said(kind, given, version(kind, number), NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ([], set()),
        ([said()], {"audio_recording"}),
        ([said(given=False)], set()),  # a refusal stands
        ([said(number=2)], set()),
        ([said(days=9), said(number=2)], set()),  # answered again
        ([said(days=9), said(given=False)], set()),  # changed their mind after it
        ([said(days=9, given=False), said()], {"audio_recording"}),
        ([said(), said("service_collection_use")], {"audio_recording"}),
        ([said("service_collection_use")], set()),
    ],
)
def test_a_consent_to_an_older_notice_is_asked_for_again(answers: list[Said], again: set[str]) -> None:
    """312.5(a)(1): a material change in a practice to which the parent has consented."""
    assert to_ask_again(answers, NUMBERS) == again


@given(
    st.integers(1, 10_000), st.sampled_from(["en", "es", "ar"]), st.text("0123456789abcdef", min_size=12, max_size=12)
)
def test_a_version_is_read_as_it_was_written(number: int, language: str, digest: str) -> None:
    """What the catalog keeps names the notice completely."""
    seen = shown(version("ai_analysis", number, language, digest))
    assert seen is not None
    assert (seen.consent_type, seen.number, seen.language, seen.digest) == ("ai_analysis", number, language, digest)
