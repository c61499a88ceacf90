"""A SQL statement as tokens, so that a rewrite never touches text in literals, comments and quoted names.

The lexical rules are those of Spark SQL: backslash escapes in plain literals and none in raw ones (r'...'), nested
bracketed comments, names in backticks, double quotes as a second kind of literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--(?:\\\n|[^\r\n])*)
  | (?P<open>/\*)
  | (?P<literal>[rR]'[^']*'|[rR]"[^"]*"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
  | (?P<name>`(?:``|[^`])*`|[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[A-Za-z]*)
  | (?P<marker>\?|:[A-Za-z_]\w*)
  | (?P<sign><=>|<>|!=|>=|<=|\|\||::|->|=>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
BRACKET = re.compile(r"/\*|\*/")
SILENT = frozenset({"space", "comment"})


class Token(NamedTuple):
    """A piece of a statement: its kind (a group of TOKEN) and its text, unchanged."""

    kind: str
    text: str


def tokens(sql: str) -> Iterator[Token]:
    """Give the pieces of a statement; joined, they are the statement again."""
    place = 0
    while found := TOKEN.match(sql, place):
        kind, end = found.lastgroup or "sign", found.end()
        if kind == "open":
            kind, end = "comment", _end_of_comment(sql, found.end())
        yield Token(kind, sql[place:end])
        place = end


def _end_of_comment(sql: str, place: int) -> int:
    """Return where a bracketed comment ends that was opened before `place`; the end of `sql` where it does not."""
    depth = 1
    for bracket in BRACKET.finditer(sql, place):
        depth += 1 if bracket[0] == "/*" else -1
        if not depth:
            return bracket.end()
    return len(sql)


def unquoted(name: str) -> str:
    """Return a name without its backticks."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def quoted(parts: list[str]) -> str:
    """Return a dotted name with every part in backticks."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def literal(text: str) -> str:
    """Return a SQL literal that means `text`."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def meaning(token_text: str) -> str:
    """Return the text that a SQL literal means; for the comments and names in DDL, not for data."""
    if token_text[0] in "rR":
        return token_text[2:-1]
    known = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
    return re.sub(r"\\(.)", lambda found: known.get(found[1], found[1]), token_text[1:-1], flags=re.DOTALL)


class Sql:
    """A statement and its solid tokens, those that are neither space nor comment, counted from 0."""

    def __init__(self, pieces: list[Token]) -> None:
        self.pieces = pieces
        self.solid = [place for place, token in enumerate(pieces) if token.kind not in SILENT]

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the statement without the semicolon at its end."""
        statement = cls(list(tokens(text)))
        if statement.solid and statement.pieces[statement.solid[-1]].text == ";":
            statement = cls(statement.pieces[: statement.solid[-1]])
        return statement

    def __len__(self) -> int:
        return len(self.solid)

    def __str__(self) -> str:
        return "".join(token.text for token in self.pieces)

    def token(self, place: int) -> Token:
        """Return the solid token at `place`, an empty one outside the statement."""
        return self.pieces[self.solid[place]] if 0 <= place < len(self.solid) else Token("sign", "")

    def word(self, place: int) -> str:
        """Return the solid token at `place` in capitals; quoted names and literals keep their quotes."""
        return self.token(place).text.upper()

    def words(self, first: int, count: int) -> tuple[str, ...]:
        """Return some solid tokens in capitals."""
        return tuple(self.word(first + place) for place in range(count))

    def places(self, *words: str) -> Iterator[int]:
        """Give each place where these words stand in a row, as words of the language."""
        for place in range(len(self.solid)):
            if self.words(place, len(words)) == words:
                yield place

    def has(self, *words: str) -> bool:
        """Tell whether these words stand in a row somewhere."""
        return next(self.places(*words), None) is not None

    def name(self, place: int) -> tuple[list[str], int]:
        """Return the parts of the dotted name that starts at `place`, and the place after it."""
        parts: list[str] = []
        while self.token(place).kind == "name":
            parts.append(unquoted(self.token(place).text))
            place += 1
            if self.word(place) != "." or self.token(place + 1).kind != "name":
                break
            place += 1
        return parts, place

    def name_before(self, place: int) -> tuple[list[str], int]:
        """Return the parts of the dotted name that ends before `place`, and the place where it starts."""
        start = place - 1
        if self.token(start).kind != "name":
            return [], place
        while self.word(start - 1) == "." and self.token(start - 2).kind == "name":
            start -= 2
        return self.name(start)[0], start

    def closing(self, place: int) -> int:
        """Return the place of the bracket that closes the one at `place`; the end where none does."""
        depth = 0
        for here in range(place, len(self.solid)):
            depth += {"(": 1, ")": -1}.get(self.word(here), 0)
            if not depth:
                return here
        return len(self.solid)

    def names_within(self, place: int) -> list[str]:
        """Return the plain names in the brackets that open at `place`."""
        inside = range(place + 1, self.closing(place))
        return [unquoted(self.token(here).text) for here in inside if self.token(here).kind == "name"]

    def replaced(self, first: int, end: int, text: str) -> Sql:
        """Return the statement with the solid tokens from `first` up to `end` replaced by `text`."""
        before = self.solid[first] if first < len(self.solid) else len(self.pieces)
        after = self.solid[end - 1] + 1 if end > first else before
        return Sql([*self.pieces[:before], *tokens(text), *self.pieces[after:]])
