"""The language of the search box: words, "phrases", `name:value`, `-` in front of what must not be.

    actor:rivera event:consent.* student:"Maya R." after:2026-09-01 -category:auth export

Any text has a meaning or a problem that points at the word; nothing here raises. It is a lexer and no grammar:
nothing nests. luqum and lark were looked at: the one stops at a quotation mark that is not closed and does not
say where, the other needs more lines for its grammar and its errors than stand here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from audit.rules.messy import usable

# The names in front of a colon, in the order in which the box writes them.
QUALIFIERS = (
    "school",
    "period",
    "on",
    "after",
    "before",
    "event",
    "category",
    "actor",
    "student",
    "resource",
    "basis",
    "ip",
    "session",
    "grant",
)
WORD = ""
_QUOTED = r'"(?:\\.|[^"\\])*"'
_PIECE = re.compile(rf'(?:{_QUOTED}|[^\s"])+', re.DOTALL)
_IN_QUOTES = re.compile(_QUOTED, re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_HEAD = re.compile(r"(-?)(?:([A-Za-z]+):)?")
_BARE = re.compile(r'[^\s"]+')
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of a search. `name` is a qualifier, or WORD; `start` and `end` say where it stands in the text."""

    name: str
    value: str
    excluded: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """Return the piece as the box writes it; read again it is the same."""
        return f"{'-' if self.excluded else ''}{self.name + ':' if self.name else ''}{self._shown_value()}"

    def _shown_value(self) -> str:
        plain = _BARE.fullmatch(self.value) and (self.name or _HEAD.sub("", self.value, count=1) == self.value)
        if plain:
            return self.value
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the characters from `start` to `end` of the text, and what to do about it."""

    start: int
    end: int
    advice: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text that was read: its pieces, and what could not be read."""

    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        """Return the pieces as the box writes them."""
        return written(self.terms)


def parse(text: str) -> Sentence:
    """Read the text of the box."""
    terms: list[Term] = []
    problems: list[Problem] = []
    at = _after_space(text, 0)
    while at < len(text):
        piece = _PIECE.match(text, at)
        end = piece.end() if piece else at
        if text[end : end + 1] == '"':
            problems.append(Problem(at, len(text), "Close the quotation mark."))
            break
        found = _read(text[at:end], at)
        if isinstance(found, Term):
            terms.append(found)
        else:
            problems.append(found)
        at = _after_space(text, end)
    return Sentence(tuple(terms), tuple(problems))


def written(terms: Iterable[Term]) -> str:
    """Return the text of the box for these pieces, in their order."""
    return " ".join(map(str, terms))


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _read(piece: str, start: int) -> Term | Problem:
    """Return what one piece without open quotation marks says."""
    end = start + len(piece)
    head = _HEAD.match(piece)
    minus, name = (head[1], (head[2] or "").lower()) if head else ("", "")
    value = _unquoted(piece[head.end() if head else 0 :])
    if name and name not in QUALIFIERS:
        return Problem(start, end, _unknown(name, piece.removeprefix("-")))
    if not value:
        return Problem(start, end, f"Write a value behind {name}:" if name else "Write a word here, or take this away.")
    if not usable(value):
        return Problem(start, end, "Type this again: it holds a character that no text can have.")
    return Term(name, value, bool(minus), start, end)


def _unquoted(text: str) -> str:
    return _IN_QUOTES.sub(lambda quoted: _ESCAPED.sub(r"\1", quoted[0][1:-1]), text)


def _unknown(name: str, piece: str) -> str:
    close = get_close_matches(name, QUALIFIERS, n=1)
    meant = f"Did you mean {close[0]}:? " if close else ""
    return f"{meant}There is no filter {name}: – to look for this text, write {Term(WORD, _unquoted(piece))}."
