"""The fields beside the search box: what they show of a search, and what filling them in writes into the box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from audit.rules.language import WORD, Term
from audit.rules.meaning import schools_called

# Fields that show what the box says. The others are empty each time and add to it.
SHOWN = ("school", "period", "first", "last", "event", "category")
ADDING = ("actor", "student", "resource", "basis", "ip", "session", "words")
FIELDS = (*SHOWN, *ADDING)
_DAYS = ("on", "after", "before")


def shown(terms: Sequence[Term], schools: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the fields that these pieces stand for; a field says nothing where there are several."""
    single: dict[str, str] = {}
    for name in ("period", "event", "category", *_DAYS):
        values = [term.value for term in terms if term.name == name and not term.excluded]
        if len(values) == 1:
            single[name] = values[0]
    first, last = _days(single)
    plain = {name: single.get(name, "") for name in ("period", "event", "category")}
    return plain | {"school": one_school(terms, schools), "first": first, "last": last}


def one_school(terms: Iterable[Term], schools: Mapping[str, str]) -> str:
    """Return the id of the one school that the pieces ask for, or empty text. `schools` are names by id."""
    wanted = [term.value for term in terms if term.name == "school" and not term.excluded]
    called = {school for text in wanted for school in schools_called(text, schools)}
    return called.pop() if len(called) == 1 else ""


def rewritten(
    terms: Iterable[Term], given: Mapping[str, str], before: Sequence[Term], schools: Mapping[str, str]
) -> tuple[Term, ...]:
    """Return the pieces with what was changed in the fields.

    `given` are the values of the fields as sent, `before` the pieces that they showed until then: a field that
    still says the same leaves the box alone.
    """
    was = shown(before, schools)
    changed = {name: given[name] for name in SHOWN if name in given and given[name] != was[name]}
    if changed.keys() & {"first", "last"}:
        days = {name: changed.get(name, was[name]) for name in ("first", "last")}
        changed = {name: value for name, value in changed.items() if name not in days}
        terms = [*(term for term in terms if term.excluded or term.name not in _DAYS), *_of_days(**days)]
    kept = [term for term in terms if term.excluded or term.name not in changed]
    new = [Term(name, _in_box(name, value, schools)) for name, value in changed.items() if value]
    added = [Term(WORD if name == "words" else name, given[name]) for name in ADDING if given.get(name)]
    return tuple(dict.fromkeys([*kept, *new, *added]))


def _in_box(name: str, value: str, schools: Mapping[str, str]) -> str:
    """Return what the box says for a field: a school by its name where no other one has it."""
    called = schools.get(value, "") if name == "school" else ""
    return called if called and schools_called(called, schools) == (value,) else value


def _days(single: Mapping[str, str]) -> tuple[str, str]:
    """Return the first and the last day, as far as whole days say them."""
    if _day(single.get("on", "")):
        return single["on"], single["on"]
    first, end = _day(single.get("after", "")), _day(single.get("before", ""))
    return str(first or ""), str(end - timedelta(days=1)) if end and end > date.min else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-09-01") else None
    except ValueError:
        return None


def _of_days(first: str, last: str) -> list[Term]:
    if first and first == last:
        return [Term("on", first)]
    terms = [Term("after", first)] if first else []
    end = _day(last)
    if end and end < date.max:
        terms.append(Term("before", str(end + timedelta(days=1))))
    return terms
