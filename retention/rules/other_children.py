"""Takes other children out of what a row says of one child: their names, their ids, their words.

A copy holds only that child's part (COMPLIANCE, 3). Columns of rows about one child hold free text all the same: advice
of software that names the neighbour, JSON with a part for each child. What cannot be told apart is left out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["ABOUT_ANOTHER", "ANOTHER", "WORDS_OF_ANOTHER", "Others", "Phrase", "others_of", "phrases"]

ANOTHER = "[another student]"
WORDS_OF_ANOTHER = "[words of another student]"
ABOUT_ANOTHER = "[about another student]"
# So many words in a row that another child said are that child's. Fewer are anybody's.
QUOTED = 4
_SHORTEST_NAME = 2
_WORD = re.compile(r"\w+(?:['’]\w+)*")
# Names of JSON keys whose value says which child a part is about.
_PERSON = re.compile(
    r"(?:.*[_.-])?(?:student|participant|speaker|child|pupil|learner|member)(?:[_.-]?(?:id|key|ref|name))?",
    re.IGNORECASE,
)
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Others:
    """What is known of other children, made by `others_of`.

    `called` are their whole names and ids by the first word of each, `firsts` first names by themselves, `marks` all of
    these, folded, `said` the phrases that they said. `own` are the folded names and ids of the child.
    """

    own: frozenset[str]
    called: Mapping[str, Collection[str]]
    firsts: frozenset[str]
    marks: frozenset[str]
    said: frozenset[Phrase]

    def shown(self, text: str) -> str:
        """Return what may be shown of a text that some service wrote. JSON is set out for reading."""
        value = _parsed(text)
        if not isinstance(value, dict | list):
            return self.without(text)
        try:
            told = json.dumps(self._filtered(value), indent=2, ensure_ascii=False)
        except RecursionError:  # deeper than anybody reads
            return self.without(text)
        return _encodable(told)

    def shown_value(self, value: object) -> str:
        """Return what may be shown of a value of a nested column."""
        return self.shown(json.dumps(value, default=str))

    def without(self, text: str) -> str:
        """Return a text with other children's names, ids and words replaced."""
        text = _without_words(_whole(text), self.said)
        there = {"", *_words(text)}
        for name in sorted({name for word in there for name in self.called.get(word, ())}, key=len, reverse=True):
            text = _replaced(text, name, re.IGNORECASE)
        # "will" is a name, and a word: without capitals nobody can tell, so there it goes too.
        case = re.IGNORECASE if text == text.lower() else re.NOFLAG
        for first in self.firsts:
            if _words(first)[0] in there:
                text = _replaced(text, first, case)
        return text

    def _filtered(self, value: object) -> object:
        if isinstance(value, dict):
            if any(self._says_another(str(key), one) for key, one in value.items()):
                return ABOUT_ANOTHER
            return dict(self._pair(str(key), one) for key, one in value.items())
        if isinstance(value, list):
            return [self._filtered(one) for one in value]
        if isinstance(value, str):
            inner = _parsed(value)
            return self._filtered(inner) if isinstance(inner, dict | list) else self.without(value)
        return value

    def _pair(self, key: str, value: object) -> tuple[str, object]:
        told = self.without(key)
        if told != key:
            return told, ABOUT_ANOTHER
        if isinstance(value, list) and _PERSON.fullmatch(key.removesuffix("s")):
            return key, [self._filtered(one) if self._is_own_or_part(one) else ANOTHER for one in value]
        return key, self._filtered(value)

    def _says_another(self, key: str, value: object) -> bool:
        """Tell whether a value in a part of JSON says that the part is another child's: it is such a name or id."""
        if not isinstance(value, str | int) or isinstance(value, bool):
            return False
        text = _mark(str(value))
        return text in self.marks or bool(text and text not in self.own and _PERSON.fullmatch(key))

    def _is_own_or_part(self, value: object) -> bool:
        return isinstance(value, dict | list) or _mark(str(value)) in self.own


def others_of(
    *, own: Iterable[str], names: Iterable[str], beside: Iterable[str], ids: Iterable[str], said: Iterable[Phrase] = ()
) -> Others:
    """Return what is known of other children from their names, those of them who sat `beside`, ids and phrases.

    Of those beside the child, first names alone count too. What is the child's own as well is nobody else's.
    """
    mine = frozenset(map(_mark, own))
    first_of_mine = {_first(one) for one in mine}
    beside = list(beside)
    called: dict[str, set[str]] = {}
    for name in (*names, *beside, *ids):
        whole = _whole(name).strip().rstrip(".")
        if len(whole) >= _SHORTEST_NAME and _mark(whole) not in mine:
            called.setdefault(next(iter(_words(whole)), ""), set()).add(whole)
    firsts = {_whole(name).split()[0].rstrip(".") for name in beside if name.strip()}
    firsts = {one for one in firsts if len(one) >= _SHORTEST_NAME and _words(one) and _mark(one) not in first_of_mine}
    marks = {_mark(one) for group in called.values() for one in group} | {_mark(one) for one in firsts}
    return Others(mine, called, frozenset(firsts), frozenset(marks), frozenset(said))


def phrases(texts: Iterable[str]) -> Iterator[Phrase]:
    """Yield every QUOTED words in a row."""
    for text in texts:
        words = _words(_whole(text))
        for start in range(len(words) - QUOTED + 1):
            yield tuple(words[start : start + QUOTED])


def _replaced(text: str, name: str, flags: re.RegexFlag) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", ANOTHER, text, flags=flags)


def _without_words(text: str, said: frozenset[Phrase]) -> str:
    if not said:
        return text
    found = list(_WORD.finditer(text))
    words = [one.group().casefold() for one in found]
    taken = [False] * len(words)
    for start in range(len(words) - QUOTED + 1):
        if tuple(words[start : start + QUOTED]) in said:
            taken[start : start + QUOTED] = [True] * QUOTED
    parts, place = [], 0
    for number, one in enumerate(found):
        if taken[number]:
            if not (number and taken[number - 1]):
                parts += [text[place : one.start()], WORDS_OF_ANOTHER]
            place = one.end()
    return "".join([*parts, text[place:]])


def _parsed(text: str) -> object:
    """Return the value of JSON text, None for other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _whole(text: str) -> str:
    """Return a text in the one form of its signs, without half signs, which no page can hold."""
    return _encodable(unicodedata.normalize("NFC", text))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _mark(text: str) -> str:
    return _whole(text).strip().rstrip(".").casefold()


def _first(text: str) -> str:
    return next(iter(text.split()), "").rstrip(".")
