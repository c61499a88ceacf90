"""Other children's names, ids and words are taken out of whatever some service wrote."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.rules.other_children import ABOUT_ANOTHER, ANOTHER, WORDS_OF_ANOTHER, Others, others_of, phrases

SAID = "My aunt keeps seven green parrots"
OTHERS = others_of(
    own=["s-maya", "p-maya", "Maya R."],
    names=["Maya R.", "Wil X.", "Thandeka Q.", "Zoë Ł."],
    beside=["Bruno T.", "Maya Z.", "Will P."],
    ids=["s-bruno", "p-bruno", "0199bd22-5d50-7b96-825a-0902fcc841a6"],
    said=phrases([SAID]),
)
SECRETS = ("bruno", "thandeka", "parrots", "0199bd22")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Maya R. speaks clearly.", "Maya R. speaks clearly."),
        ("Let Bruno T. start, then Maya.", f"Let {ANOTHER}. start, then Maya."),
        ("BRUNO T interrupts; Bruno’s turn.", f"{ANOTHER} interrupts; {ANOTHER}’s turn."),
        ("Thandeka is a name in the school, and Thandeka Q. a student.", None),
        ("Zoe\u0308 Ł. is the same name in other signs.", f"{ANOTHER}. is the same name in other signs."),
        ("Brunonia is a plant.", "Brunonia is a plant."),
        ("Maya will answer; Will P. waits.", f"Maya will answer; {ANOTHER}. waits."),
        ("maya will answer", f"maya {ANOTHER} answer"),
        ("id 0199BD22-5d50-7b96-825a-0902fcc841a6 again", f"id {ANOTHER} again"),
        (f"Asked about “{SAID}!” she laughed.", f"Asked about “{WORDS_OF_ANOTHER}!” she laughed."),
        ("He said: seven GREEN parrots", "He said: seven GREEN parrots"),
        ("no signs \ud800 half", "no signs \\ud800 half"),
        ("", ""),
        ('{"broken": ', '{"broken": '),
    ],
)
def test_a_text_is_shown_without_them(text: str, shown: str | None) -> None:
    """Whole names anywhere, first names of those beside the child, words in a row; the child's own stay."""
    if shown is None:
        shown = f"Thandeka is a name in the school, and {ANOTHER}. a student."
    assert OTHERS.shown(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"score": 3, "student_id": "s-maya"}, {"score": 3, "student_id": "s-maya"}),
        ({"score": 3, "student_id": "nobody-known"}, ABOUT_ANOTHER),
        ([{"who": "Bruno", "text": "secret"}, {"who": "Maya R.", "text": "x"}], None),
        ({"Bruno": {"text": "secret"}}, {ANOTHER: ABOUT_ANOTHER}),
        ({"students": ["s-maya", "s-bruno", "s-unknown"]}, {"students": ["s-maya", ANOTHER, ANOTHER]}),
        ({"speakers": [{"speaker": "p-bruno", "said": "secret"}]}, {"speakers": [ABOUT_ANOTHER]}),
        ({"raw": '{"participant_id": "p-x", "said": "secret"}'}, {"raw": ABOUT_ANOTHER}),
        ({"note": f"quotes {SAID}"}, {"note": f"quotes {WORDS_OF_ANOTHER}"}),
        ({"students": 4, "quiet_students": 2, "ok": True, "none": None}, None),
        ({"speaker": 7}, ABOUT_ANOTHER),
        ([1, 2.5, None], [1, 2.5, None]),
    ],
)
def test_json_is_shown_without_their_parts(value: object, shown: object) -> None:
    """A part that says that it is another child's goes whole, also inside a text that is JSON itself."""
    if isinstance(value, list) and shown is None:
        shown = [ABOUT_ANOTHER, {"who": "Maya R.", "text": "x"}]
    assert json.loads(OTHERS.shown(json.dumps(value))) == (value if shown is None else shown)


def test_json_deeper_than_anybody_reads_is_shown_as_text() -> None:
    """Nothing that another service writes breaks a page, and no name comes through."""
    told = OTHERS.shown('{"a":' * 400 + '"Bruno T."' + "}" * 400)
    assert "Bruno" not in told
    assert "Bruno" not in OTHERS.shown("[" * 100_000 + "Bruno T.")


_LEAVES = st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["Bruno", "Bruno T.", "s-bruno", SAID])
_KEYS = st.text(max_size=8) | st.sampled_from(["student_id", "who", "Bruno", "notes", "speakers"])
_JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=6)


@settings(max_examples=40)
@given(_JSON)
def test_no_json_brings_them_through(value: object) -> None:
    """Whatever its shape: no name, no id, no words of another child, and never an error."""
    told = OTHERS.shown(json.dumps(value))
    assert not any(secret in told.casefold() for secret in SECRETS)


@settings(max_examples=40)
@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """Any signs at all, between names: something is shown, and the name is not."""
    told = OTHERS.shown(f"{text} Bruno {text}")
    told.encode()
    assert "Bruno" not in told


def test_what_the_child_is_called_too_is_nobody_elses() -> None:
    """A namesake takes nothing from the child's own record."""
    same = others_of(own=["s1", "Ana L."], names=["Ana L.", "Ana M."], beside=["Ana M."], ids=["s1", "s2"])
    assert isinstance(same, Others)
    assert (
        same.shown("Ana and Ana L. and s1, not Ana M. or s2") == f"Ana and Ana L. and s1, not {ANOTHER}. or {ANOTHER}"
    )
