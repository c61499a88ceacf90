"""What a school may word of a mail: slots, faults, and markup that nobody's words can break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.trial import sample_of
from classwaves_admin.notifications.wording.markup import Button, to_html, to_text
from classwaves_admin.notifications.wording.rules import FaultKind, Text, Wording, fault_words, faults
from classwaves_admin.notifications.wording.shipped import languages_of, shipped
from classwaves_admin.notifications.wording.slots import SLOTS

WORDING = Wording("Trial", needs=("link", "code"), offers=("school", "children"))
GOOD = Text("$school: please answer", "For $children:\n\n$link\n\nCode: $code", "Answer")
BUTTON = Button("link", "Answer", "Or copy:")
WORDED = [(kind, language) for kind in kinds.names() if kinds.get(kind).wording for language in languages_of(kind)]


def found(**changed: str) -> list[tuple[FaultKind, str, int, str]]:
    """Return the faults of the good text with parts changed."""
    parts = {"subject": GOOD.subject, "text": GOOD.text, "button": GOOD.button} | changed
    return [(one.kind, one.part, one.line, one.slot) for one in faults(Text(**parts), WORDING, has_button=True)]


def test_a_good_text_has_no_fault() -> None:
    """Nothing is wrong with it."""
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"subject": " "}, (FaultKind.BLANK, "subject", 0, "")),
        ({"subject": "x" * 121}, (FaultKind.TOO_LONG, "subject", 0, "")),
        ({"subject": "one\ntwo"}, (FaultKind.LINES, "subject", 0, "")),
        ({"subject": "Your code $code"}, (FaultKind.NOT_IN_SUBJECT, "subject", 0, "code")),
        ({"button": "$link"}, (FaultKind.SLOT_ON_BUTTON, "button", 0, "link")),
        ({"button": ""}, (FaultKind.BLANK, "button", 0, "")),
        ({"text": "$link $code\n\n$surname"}, (FaultKind.UNKNOWN_SLOT, "text", 3, "surname")),
        ({"text": "$link $code\n5 $ a day"}, (FaultKind.STRAY_DOLLAR, "text", 2, "")),
        ({"text": "$link $code\n<b>now</b>"}, (FaultKind.MARKUP, "text", 2, "")),
        ({"text": "$link $code\x07"}, (FaultKind.CONTROL, "text", 1, "")),
        ({"text": "$link"}, (FaultKind.MISSING, "text", 0, "code")),
    ],
)
def test_each_fault_is_found_at_its_place(changed: dict[str, str], fault: tuple[FaultKind, str, int, str]) -> None:
    """Part, line and slot are named, and words say what to do."""
    assert fault in found(**changed)
    [one] = [one for one in faults(Text(**_parts(changed)), WORDING, has_button=True) if one.kind is fault[0]]
    assert fault_words(one, WORDING.slots).startswith(
        {"subject": "Subject", "text": "Text", "button": "Words"}[one.part]
    )


def _parts(changed: dict[str, str]) -> dict[str, str]:
    return {"subject": GOOD.subject, "text": GOOD.text, "button": GOOD.button} | changed


def test_a_slot_that_was_mistyped_is_guessed() -> None:
    """The nearest slot is offered."""
    [fault] = faults(Text(GOOD.subject, f"{GOOD.text} $chldren", "x"), WORDING, has_button=True)
    assert fault_words(fault, WORDING.slots).endswith("Did you mean $children?")


def test_no_slot_names_more_of_a_child_than_the_first_name() -> None:
    """A list that grows must be looked at: these are all."""
    assert set(SLOTS) == {
        "school", "children", "contact", "link", "code", "code_page", "stop", "manage_url", "notice_url", "notice",
        "answers", "taken_back", "data", "date", "until", "ends", "title", "days",
    }  # fmt: skip
    with pytest.raises(ValueError, match="surname"):
        Wording("x", needs=("surname",))


@pytest.mark.parametrize(("kind", "language"), WORDED)
def test_each_text_of_the_portal_can_be_edited_as_it_is(kind: str, language: str) -> None:
    """Read from its templates, it has no fault, and with samples it is a whole mail in the house's layout."""
    house = shipped(kind, language)
    assert faults(house.text, kinds.wording_of(kind), has_button=house.button is not None) == ()
    mail = sample_of(house.text, kind=kind, language=language, facts={"school": "Escuela & Söhne"})
    assert mail.language == language
    assert "$" not in mail.subject + mail.text
    assert mail.html.startswith("<!DOCTYPE html>")
    assert ("Escuela &amp; Söhne" in mail.html) or kind == "audit.file_ready"
    if house.button and f"\n{house.button.slot}\n" in house.text.text:
        assert house.button.label in mail.html


@given(st.text(), st.text(st.characters(exclude_characters="$", exclude_categories=["Cs"])))
def test_no_value_and_no_text_of_a_school_becomes_markup(value: str, words: str) -> None:
    """Whatever a name or a text holds, no tag of theirs, no picture and no link of their own stands in the mail."""
    marker = "<script>" + value.replace("\0", "")
    html = to_html(
        f"{words}\n\n<img src=x>[a](https://evil.example)$children\n\n$link\n",
        {"children": marker, "link": marker},
        BUTTON,
    )
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="https://evil.example' not in html


def test_both_forms_say_the_same() -> None:
    """A slot alone in a paragraph becomes the button or a block; a dollar sign is written as two."""
    markdown = "# Hello\n\n- **one** for $$5\n\n$link\n\n$answers"
    values = {"link": "https://portal.example/c/1/", "answers": "Sam\n- yes"}
    assert to_text(markdown, values) == "Hello\n- one for $5\n\nhttps://portal.example/c/1/\n\nSam\n- yes"
    html = to_html(markdown, values, BUTTON)
    assert "Answer</a>" in html
    assert "Or copy:" in html
    assert "Sam<br>- yes" in html
    assert '<h2 style="margin: 24px 0 12px; font-size: 19px">Hello</h2>' in html


def test_a_slot_without_a_value_is_an_error() -> None:
    """It is never sent as a dollar sign."""
    with pytest.raises(KeyError):
        to_text("$link", {})
    with pytest.raises(KeyError):
        to_html("$link", {}, BUTTON)
