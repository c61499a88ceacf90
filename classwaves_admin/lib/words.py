"""What a word of a text is, said once for people, Python and every database.

A word is what stands between separators. Separators are all of ASCII except letters and digits, and the
typographic signs and spaces below; everything else, an accented letter or a Chinese one, belongs to a word. That
is less clever than Unicode's own rules, and the same on every engine and in every version of one.

Case does not matter within ASCII. A word with other letters is found as it is typed, in small letters, in
capitals, and with a capital in front.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ASCII_LETTERS_APART = {ord("A") + place: ord("a") + place for place in range(26)}
ASCII_SEPARATORS = "".join(chr(code) for code in range(1, 128) if not chr(code).isalnum())
# Spaces and signs that people's keyboards and word processors put around words.
TYPOGRAPHIC_SEPARATORS = (
    "\u00a0\u2009\u200b\u202f\u3000"
    "\u00a1\u00a6\u00ab\u00b7\u00bb\u00bf\u2010\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u2022\u2026\u3001\u3002"
)
SEPARATORS = ASCII_SEPARATORS + TYPOGRAPHIC_SEPARATORS
# The same as the inside of a bracket expression that Python, Java and PostgreSQL read alike.
_CLASS = r"\u0001-/:-@\[-`{-\u007f" + "".join(f"\\u{ord(sign):04x}" for sign in TYPOGRAPHIC_SEPARATORS)
_BREAK = re.compile(f"[\0{_CLASS}]+")
_ASKED = re.compile(rf"([^\0{_CLASS}]+)(\*?)")
_SPECIAL = re.compile(r"([^A-Za-z0-9_\x80-\U0010ffff])")
# No word of any language is longer; what is longer is data, and an index keeps only its beginning.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for: whole, or as the beginning of one."""

    text: str
    beginning: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the spellings that count as this word, with ASCII in small letters."""
        spellings = (self.text, self.text.lower(), self.text.upper(), self.text.capitalize())
        return tuple(dict.fromkeys(_folded(spelling) for spelling in spellings if not _BREAK.search(spelling)))


def asked(text: str) -> tuple[Word, ...]:
    """Return the words that somebody typed, in their order; `*` behind one asks for words that begin so.

    Of a word that is too long its beginning is looked for.
    """
    return tuple(
        Word(word[:LONGEST], bool(beginning) or len(word) > LONGEST) for word, beginning in _ASKED.findall(text)
    )


def pattern(words: Sequence[Word]) -> str:
    """Return the regular expression of texts in which the words stand one after another.

    For Python, Java and PostgreSQL, which read it alike.
    """
    between = f"[{_CLASS}]+"
    parts = []
    for place, word in enumerate(words):
        last = place == len(words) - 1
        forms = "|".join("".join(map(_either_case, form)) for form in word.forms)
        rest = "" if not word.beginning or last else f"[^{_CLASS}]*"
        parts.append(f"({forms}){rest}" + ("" if last else between))
    end = "" if words[-1].beginning else f"([{_CLASS}]|$)"
    return f"(^|[{_CLASS}]){''.join(parts)}{end}"


def literally(text: str) -> str:
    """Return the text as a part of a regular expression: for Python, Java and PostgreSQL."""
    return _SPECIAL.sub(r"\\\1", text)


def holds(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the words stand in the text one after another: what the databases answer, in Python."""
    there = in_order(text)
    starts = range(len(there) - len(words) + 1)
    return any(all(_is(there[start + place], word) for place, word in enumerate(words)) for start in starts)


def in_order(text: str) -> list[str]:
    """Return the words of a text, with ASCII in small letters."""
    return [_folded(word) for word in _BREAK.split(text) if word]


def _is(there: str, word: Word) -> bool:
    return there.startswith(word.forms) if word.beginning else there in word.forms


def _folded(text: str) -> str:
    return text.translate(ASCII_LETTERS_APART)


def _either_case(sign: str) -> str:
    return f"[{sign.upper()}{sign}]" if "a" <= sign <= "z" else sign
