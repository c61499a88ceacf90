"""The shipped notices: complete, versioned, safe against a school's own words."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from classwaves_admin.warehouse.models import School
from consent.notices import shipped
from consent.notices.markdown import to_html, to_text
from consent.notices.texts import NoticeIncomplete, SchoolFacts, missing_slots, written
from consent.rules.notices import faults
from consent.vocabulary import ASKED_TYPES, ConsentType

LANGUAGES = ("en", "es")
FOLDER = Path(shipped.__file__).parent
# The shipped sources by number. A new wording gets its digest here; a change of meaning a new number in
# shipped.VERSIONS too, which asks every guardian again whose school has no text of its own.
SOURCES = {
    ("en", 1): "eca8d424b3f9c2dd0ba7ba61bfba4cfed35798a14d137fd66ff6f4724df73e66",
    ("es", 1): "00ec0ae161d40d0dd7ec5c30ecc3881dc4cc5f00430952c13907c8a9180878d3",
}


def facts(days: int = 30, **school: str) -> SchoolFacts:
    """Return the facts of a school that lives in memory alone; `days` is how long it keeps recordings."""
    given = {"id": "school-1", "name": "Harbour School", "admin_email": "office@harbour.example"} | school
    return SchoolFacts(School(**given), {"audio_recordings": days})


def text_of(kind: ConsentType, school: SchoolFacts, language: str = "en") -> str:
    """Return one notice."""
    return next(notice.text for notice in written(school, language) if notice.consent_type is kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_text_is_noted(language: str) -> None:
    """Who edits a shipped notice says here whether the number stays: a change of meaning raises it."""
    files = sorted((FOLDER / language).iterdir())
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert SOURCES[language, 1] == digest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ASKED_TYPES)
def test_the_shipped_notices_have_no_fault(kind: ConsentType, language: str) -> None:
    """Nothing that 312.4(c) asks for is missing in either language."""
    words = shipped.own_words(language, kind)
    sentences = shipped.sentences(language)
    assert faults(kind, shipped.source(language, kind), words, sentences=sentences, shipped=words) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_slot_stays_unfilled(language: str) -> None:
    """Sentences of the law hold slots themselves; those are filled too."""
    for notice in written(facts(), language):
        assert "$" not in notice.text


def test_both_languages_have_the_same_parts() -> None:
    """Each text has as many headings, items and slots in Spanish as in English."""
    for kind in ASKED_TYPES:
        sources = [(FOLDER / language / f"{kind}.md").read_text(encoding="utf-8") for language in LANGUAGES]
        assert len({tuple(sorted(re.findall(r"\$(\w+)", source))) for source in sources}) == 1
        assert len({tuple(re.findall(r"^(#+|-)", source, re.MULTILINE)) for source in sources}) == 1
    for name in ("slots.toml", "sentences.toml"):
        words = [tomllib.loads((FOLDER / language / name).read_text(encoding="utf-8")) for language in LANGUAGES]
        assert set(words[0]) == set(words[1])
        assert [re.findall(r"\$(\w+)", text) for text in words[0].values()] == [
            re.findall(r"\$(\w+)", text) for text in words[1].values()
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_version_names_exactly_what_was_shown(language: str) -> None:
    """Type, number, language and the text's own hash; another school's text has another version."""
    for notice, other in zip(written(facts(), language), written(facts(name="Hill School"), language), strict=True):
        digest = hashlib.sha256(notice.text.encode()).hexdigest()[:12]
        assert notice.version == f"{notice.consent_type}@1/{language}/sha256:{digest}"
        assert notice.version != other.version
        assert notice.title


def test_a_language_that_is_not_ours_falls_back_to_english() -> None:
    """A guardian of another language gets the English text rather than none."""
    assert {notice.language for notice in written(facts(), "tlh")} == {"en"}


@pytest.mark.parametrize(
    ("school", "days", "missing"),
    [
        ({"name": ""}, 30, ("school",)),
        ({"admin_email": " "}, 30, ("contact",)),
        ({}, 0, ("keep_audio",)),
        ({}, -1, ("keep_audio",)),
        ({}, 999999, ("keep_audio",)),
        ({"name": "", "admin_email": ""}, 0, ("contact", "keep_audio", "school")),
    ],
)
def test_a_blank_slot_blocks_and_is_named(school: dict[str, str], days: int, missing: tuple[str, ...]) -> None:
    """Sending waits until somebody fills what is named."""
    incomplete = facts(days, **school)
    assert missing_slots(incomplete, LANGUAGES) == missing
    with pytest.raises(NoticeIncomplete) as refused:
        written(incomplete, "en")
    assert refused.value.slots == missing


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1 day"), (30, "30 days"), (90, "90 days (about 3 months)"), (365, "365 days (about 12 months)"),
     (1095, "1095 days (about 3 years)")],
)  # fmt: skip
def test_periods_come_from_the_schools_own_policies(days: int, words: str) -> None:
    """What the notice promises is what the retention engine is told."""
    assert f"voice recordings: {words}\n" in text_of(ConsentType.SERVICE, facts(days))


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "[Hill](javascript:alert(1))", "**Hill** & `Sons` _x_", "# Hill\n\n- list",
     "O'Neil $100 {x}", "نور"],
)  # fmt: skip
def test_a_schools_name_stays_text(name: str) -> None:
    """Whatever a school is called, the notice shows it and nothing else."""
    text = text_of(ConsentType.AUDIO, facts(name=name))
    html = to_html(text)
    assert "<script" not in html
    assert "<a " not in html
    assert "<strong" not in html
    assert html.count("<h2>") == 1
    assert " ".join(name.split()) in to_text(text)


def test_a_notice_loads_nothing() -> None:
    """A picture would tell another server who reads; raw HTML and dangerous links stay text."""
    html = to_html("# T\n\n![x](https://elsewhere.example/p.png) <script>a</script> [b](javascript:a)\n\n<img src=x>\n")
    assert "<img" not in html
    assert "<script" not in html
    assert "javascript:" not in re.findall(r'href="([^"]*)"', html)


def test_headings_stand_below_the_pages_own() -> None:
    """A notice inside a page starts at h2."""
    html = to_html(text_of(ConsentType.SERVICE, facts()))
    assert "<h1" not in html
    assert "<h2>Taking part in ClassWaves</h2>" in html
    assert "<h3>Your rights</h3>" in html
    assert 'href="mailto:office@harbour.example"' in html


def test_plain_text_reads_like_a_letter() -> None:
    """Paragraphs apart, dashes for lists, no marks."""
    assert to_text("# Title\n\nSome **strong** words.\n\n- one\n- two\n\nEnd <a@b.example>") == (
        "Title\n\nSome strong words.\n- one\n- two\n\nEnd a@b.example"
    )


@pytest.mark.parametrize("kind", ASKED_TYPES)
def test_sentences_are_short_enough_for_a_sixth_grader(kind: ConsentType) -> None:
    """The English texts stay at or below grade 6 by the Flesch-Kincaid formula."""
    text = re.sub(r"https?://\S+|\S+@\S+", "here", to_text(text_of(kind, facts())))
    sentences = [part for part in re.split(r"[.!?:\n]+", text) if part.strip()]
    words = re.findall(r"[A-Za-z’']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    grade = 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
    assert grade <= 6.5
