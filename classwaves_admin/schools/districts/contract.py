"""The details of a district's contract as lines of a form: a name and what stands there. Pure.

Other services write the same column: a value may be missing, of several lines, or no text at all. What a person has
not touched stays as it was, to the letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from classwaves_admin.lib.digest import sha256_hex

__all__ = ["LONGEST_NAME", "LONGEST_WORDS", "MOST_LINES", "Details", "Line", "lines_of", "put_together"]

Details = dict[str, str | None]
LONGEST_NAME, LONGEST_WORDS, MOST_LINES = 100, 2_000, 50
# A column that holds no table at all, as only an engine without types can have it.
NOT_A_TABLE = "not readable"
# What no page can carry: control characters but tab and newline, and halves of characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form. `was` names the entry that it came from, empty for a new line; `fault` is for people."""

    name: str = ""
    words: str = ""
    was: str = ""
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing stands in it: such a line is left out."""
        return not self.name.strip() and not self.words.strip()


def lines_of(details: Any) -> list[Line]:
    """Return the lines of what the catalog holds, by name."""
    entries = _entries(details)
    return sorted((_line(name, value) for name, value in entries.items()), key=lambda line: line.name.casefold())


def put_together(lines: Sequence[Line], details: Any) -> tuple[Details | None, list[Line]]:
    """Return what `lines` say, over what the catalog holds, and the lines with their faults.

    None where nothing is said. A line that says what it said before gives its entry unchanged.
    """
    before = {_mark(name): (name, value) for name, value in _entries(details).items()}
    kept = [line for line in lines if not line.is_blank]
    pairs = [_pair(line, before) for line in kept]
    names = [name for name, _ in pairs]
    checked = [
        replace(line, fault=_fault(line, name, names[:place]))
        for place, (line, name) in enumerate(zip(kept, names, strict=True))
    ]
    if len(checked) > MOST_LINES:
        checked[-1] = replace(checked[-1], fault=f"A contract has at most {MOST_LINES} lines.")
    return dict(pairs) or None, checked


def _entries(details: Any) -> dict[str, Any]:
    if details is None:
        return {}
    return details if isinstance(details, dict) else {NOT_A_TABLE: details}


def _pair(line: Line, before: dict[str, tuple[str, Any]]) -> tuple[str, str | None]:
    if line.was in before:
        name, value = before[line.was]
        shown = _line(name, value)
        name = name if _one_line(line.name) == _one_line(shown.name) else _one_line(line.name)
        if _several(line.words) == _several(shown.words):
            return _printable(name), None if value is None else _printable(_text(value))
        return _printable(name), _several(line.words)
    return _one_line(line.name), _several(line.words)


def _fault(line: Line, name: str, earlier: Iterable[str]) -> str:
    if not name.strip() and not line.was:
        return "Give this line a name, or empty both of its boxes."
    if name in earlier:
        return "Another line has this name already. Put both into one line, or rename one."
    if len(name) > LONGEST_NAME and not line.was:
        return f"A name has at most {LONGEST_NAME} characters."
    if len(line.words) > LONGEST_WORDS and not line.was:
        return f"A line has at most {LONGEST_WORDS:,} characters."
    return ""


def _line(name: str, value: Any) -> Line:
    return Line(_printable(name), "" if value is None else _printable(_text(value)), _mark(name))


def _mark(name: str) -> str:
    return sha256_hex(name.encode(errors="surrogatepass"))[:16]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _one_line(text: str) -> str:
    """Return a name as a browser sends it back."""
    return _printable(text).replace("\r", "").replace("\n", "").strip()


def _several(text: str) -> str:
    """Return words as a browser sends them back, with one way to end a line."""
    return _printable(text).replace("\r\n", "\n").replace("\r", "\n").strip()
