"""What the pieces of a search mean: days become instants, names of schools ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from audit.record import NO_SCHOOL
from audit.rules.criteria import Criteria, Resource, Values
from audit.rules.language import WORD, Problem, Term
from audit.rules.periods import Period, bounds
from classwaves_admin.lib.words import asked

# The fields of `Values` by the qualifiers that fill them.
PLAIN = {
    "event": "events",
    "category": "categories",
    "actor": "actors",
    "student": "students",
    "basis": "bases",
    "ip": "ips",
    "session": "sessions",
    "grant": "grants",
    WORD: "words",
}
TIMES = ("period", "on", "after", "before")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(rf"{_DAY.pattern}T\d\d:\d\d(:\d\d(\.\d{{1,6}})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
# Clocks that were never set say 1970, wrong ones 2100; beyond these years zones and databases give out.
FIRST_YEAR, LAST_YEAR = 1900, 2199
Instants = tuple[datetime | None, datetime | None]


def criteria_of(
    terms: Sequence[Term], *, schools: Mapping[str, str], today: date, zone: tzinfo
) -> tuple[Criteria, tuple[Problem, ...]]:
    """Return what the pieces ask for, and the pieces that mean nothing.

    `schools` are the names of the person's schools by id. Days are those of `zone`, `today` included.
    """
    problems: list[Problem] = []
    since, until = _period(terms, problems, today, zone)
    sides = {excluded: _values(terms, schools, problems, excluded=excluded) for excluded in (False, True)}
    criteria = Criteria(since=since, until=until, wanted=sides[False], unwanted=sides[True])
    return criteria, tuple(sorted(problems, key=lambda problem: problem.start))


def schools_called(text: str, schools: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the schools that have this id or name, else of those with this part of a name."""
    if text in schools or text == NO_SCHOOL:
        return (text,)
    asked = text.casefold()
    exact = tuple(school for school, name in schools.items() if name.casefold() == asked)
    return exact or tuple(school for school, name in schools.items() if asked in name.casefold())


def _values(terms: Iterable[Term], schools: Mapping[str, str], problems: list[Problem], *, excluded: bool) -> Values:
    found: dict[str, list[str]] = {}
    resources: list[Resource] = []
    for term in terms:
        if term.excluded != excluded or term.name in TIMES:
            continue
        if term.name == "school":
            called = schools_called(term.value, schools)
            found.setdefault("schools", []).extend(called)
            if not called:
                problems.append(_problem(term, "None of your schools has this name or id."))
        elif term.name == WORD and not asked(term.value):
            problems.append(_problem(term, "Write a word with letters or digits: signs alone are not searched."))
        elif term.name == "resource":
            kind, _, identifier = term.value.partition("/")
            resources.append(Resource(kind, identifier))
        else:
            found.setdefault(PLAIN[term.name], []).append(term.value)
    plain = {name: tuple(dict.fromkeys(values)) for name, values in found.items()}
    return Values(**plain, resources=tuple(dict.fromkeys(resources)))


def _period(terms: Sequence[Term], problems: list[Problem], today: date, zone: tzinfo) -> Instants:
    """Return the period that all times together leave."""
    since: datetime | None = None
    until: datetime | None = None
    times = [term for term in terms if term.name in TIMES]
    often = Counter(term.name for term in times)
    for term in times:
        read = _instants(term, today, zone) if often[term.name] == 1 else f"Keep one {term.name}: and take the rest."
        if term.excluded:
            read = f"Take the minus away: {term.name}: cannot be turned round."
        if isinstance(read, str):
            problems.append(_problem(term, read))
            continue
        since = max(filter(None, (since, read[0])), default=None)
        until = min(filter(None, (until, read[1])), default=None)
    if since and until and since >= until:
        problems.append(_problem(times[-1], "The period ends before it begins: change one of its days."))
    return since, until


def _instants(term: Term, today: date, zone: tzinfo) -> Instants | str:
    """Return what one qualifier says of the time, or the advice for one that says nothing."""
    if term.name == "period":
        if term.value not in Period:
            return f"Choose one of {', '.join(Period.values)}."
        return bounds(period=term.value, first=None, last=None, today=today, zone=zone)
    if not (_DAY.fullmatch(term.value) or (_TIME.fullmatch(term.value) and term.name != "on")):
        return "Write the day as year, month and day, such as 2026-09-01."
    try:
        moment = datetime.fromisoformat(term.value)
    except ValueError:
        return "Choose a day that is in the calendar."
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}."
    first = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if term.name == "on":
        return first, (moment + timedelta(days=1)).replace(tzinfo=zone)
    return (first, None) if term.name == "after" else (None, first)


def _problem(term: Term, advice: str) -> Problem:
    return Problem(term.start, term.end, advice)
