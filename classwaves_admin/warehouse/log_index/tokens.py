"""What the log's index finds a row by: the words of its description, and the values of the columns to filter by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from classwaves_admin.lib.words import literally

# In front of a value's token. It separates words, so no word of a description can be taken for one.
MARK = "\u00a6"
# Between the ids of a list that some service wrote into one column, as JSON or not.
LIST_SEPARATORS = " ,;|\"'`[]{}()<>=\\\t\n\r"
_LIST_CLASS = r" ,;|\"'`\[\]{}()<>=\\\t\n\r"
_LIST_BREAK = re.compile(f"[{_LIST_CLASS}]+")


class Kind(StrEnum):
    """What a token stands for. The values are part of every index: a change of one needs a new index."""

    WORD = ""
    SCHOOL = "s"
    EVENT = "e"
    EVENT_GROUP = "g"
    CATEGORY = "c"
    ACTOR = "a"
    STUDENT = "u"
    RESOURCE_TYPE = "t"
    RESOURCE = "r"
    BASIS = "b"
    ADDRESS = "i"
    SESSION = "x"


@dataclass(frozen=True, slots=True)
class Token:
    """One word or value to look for; with `beginning`, all that begin with it."""

    kind: Kind
    value: str
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows have: one token of each group in `groups`, and none of `unwanted`."""

    groups: tuple[tuple[Token, ...], ...]
    unwanted: tuple[Token, ...] = ()


def in_list(identifiers: Iterable[str]) -> str:
    """Return the regular expression of lists that hold one of the ids: for Python, Java and PostgreSQL."""
    escaped = "|".join(map(literally, identifiers))
    return f"(^|[{_LIST_CLASS}])({escaped})([{_LIST_CLASS}]|$)"


def is_listable(identifier: str) -> bool:
    """Tell whether the id is one part of a list, whatever stands around it."""
    return bool(identifier) and not _LIST_BREAK.search(identifier)
