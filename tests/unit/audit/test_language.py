"""The language of the search box: any text is read, and what is read is written the same again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.language import QUALIFIERS, WORD, Term, parse, written

values = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1) | st.sampled_from(
    ['"', "\\", '\\"', "-", "event:x", "-x", " ", "a b", "a\nb", "\u2028", "consent.*"]
)
terms = st.lists(st.builds(Term, st.sampled_from([WORD, *QUALIFIERS]), values, st.booleans()), max_size=6)
# Text that is nearly a search, and text that is anything.
typed = st.text() | st.lists(
    st.sampled_from(["actor", "event", ":", "-", '"', "\\", " ", "maya", "nope", "\x00", "\ud800", "é"]), max_size=12
).map("".join)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", []),
        ("  \n ", []),
        ("export", [Term(WORD, "export")]),
        ("actor:rivera", [Term("actor", "rivera")]),
        ("EVENT:consent.*", [Term("event", "consent.*")]),
        ('student:"Maya R."', [Term("student", "Maya R.")]),
        ("-category:auth", [Term("category", "auth", excluded=True)]),
        ('-"two words"', [Term(WORD, "two words", excluded=True)]),
        (r'"say \"hi\" \\o/"', [Term(WORD, r'say "hi" \o/')]),
        ('"event:x"', [Term(WORD, "event:x")]),
        ('"-x"', [Term(WORD, "-x")]),
        ("re-entry 10:30", [Term(WORD, "re-entry"), Term(WORD, "10:30")]),
        ("resource:student/7", [Term("resource", "student/7")]),
        ('a"b c"d', [Term(WORD, "ab cd")]),
    ],
)
def test_what_is_typed_is_read(text: str, read: list[Term]) -> None:
    """Words, phrases, qualifiers in any case, minus signs and quotation marks mean what people expect."""
    found = parse(text)
    assert list(found.terms) == read
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "marked", "advice"),
    [
        ('rain "open end', '"open end', "Close the quotation mark."),
        ('rain student:"Maya', 'student:"Maya', "Close the quotation mark."),
        ("rain event: x", "event:", "Write a value behind event:"),
        ("rain -", "-", "Write a word here"),
        ('rain ""', '""', "Write a word here"),
        ("rain evnt:login", "evnt:login", "Did you mean event:?"),
        ("rain -arn:aws:s3", "-arn:aws:s3", 'write "arn:aws:s3"'),
        ("rain a\x00b", "a\x00b", "Type this again"),
    ],
)
def test_problems_point_at_the_word_and_say_what_to_do(text: str, marked: str, advice: str) -> None:
    """The span is the word's own, what stands around it is read, and the advice can be followed."""
    found = parse(text)
    (problem,) = found.problems
    assert text[problem.start : problem.end] == marked
    assert advice in problem.advice
    assert found.terms[0] == Term(WORD, "rain")


@given(terms)
def test_what_is_written_is_read_the_same(given_terms: list[Term]) -> None:
    """Any pieces with any values survive being written and read."""
    read = parse(written(given_terms))
    assert list(read.terms) == given_terms
    assert not read.problems


@given(typed)
def test_any_text_is_read_and_stays_what_it_is(text: str) -> None:
    """Nothing raises; every piece and every problem stands inside the text; parse, write, parse changes nothing."""
    found = parse(text)
    spans = [(piece.start, piece.end) for piece in found.terms] + [(it.start, it.end) for it in found.problems]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    again = parse(str(found))
    assert again.terms == found.terms
    assert not again.problems
    assert str(again) == str(found)
