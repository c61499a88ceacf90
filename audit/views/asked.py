"""Reads a search from an address or a form, and writes it as an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import reverse

from audit.forms import BoxForm, SearchForm
from audit.queries.people import with_ids
from audit.rules import fields
from audit.rules.address import is_id, may_stand_open, parted
from audit.rules.criteria import Criteria
from audit.rules.language import Problem, Sentence, Term, parse, written
from audit.rules.meaning import criteria_of
from audit.rules.sharing import Circle
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.sealed_text import Unreadable, seal, unseal
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE

_PURPOSE = "audit search"


@dataclass(frozen=True, slots=True)
class Search:
    """One search as it was asked. `text` is what the box shows; `problems` point into it.

    `query` is the search as the query of an address.
    """

    text: str
    query: str
    terms: tuple[Term, ...]
    problems: tuple[Problem, ...]
    criteria: Criteria
    zone: ZoneInfo

    @property
    def advice(self) -> list[tuple[str, str]]:
        """Return the words that cannot be read, each with what to do about it."""
        return [(self.text[problem.start : problem.end], problem.advice) for problem in self.problems]

    @property
    def students(self) -> tuple[str, ...]:
        """Return the ids of the students that are asked for, without what may be a name that nobody has."""
        return tuple(filter(is_id, self.criteria.wanted.students))


def form_of(request: StaffRequest) -> BoxForm:
    """Return the form with what the request asks for. Raises Http404 as `opened`.

    An address that we wrote fills in no field, and a form with a hundred choices takes its time.
    """
    asked = given(request)
    filled = asked.keys() & set(fields.FIELDS)
    return SearchForm(asked, schools=request.school_choices) if filled else BoxForm(asked)


def given(request: StaffRequest) -> QueryDict:
    """Return what was sent by the form, or what the address says. Raises Http404 as `opened`."""
    return request.POST if request.method == "POST" else opened(request.GET)


def read(request: StaffRequest, form: BoxForm, *, names: bool) -> Search:
    """Return the search of a valid form; its days are those of the school that is looked at.

    With `names`, names of people become their ids: one warehouse query where there are any.
    """
    schools = dict(request.school_choices)
    sentence = _sentence(form, schools)
    problems = sentence.problems
    if names and not problems:
        terms, problems = with_ids(sentence.terms)
        sentence = sentence if problems else parse(written(terms))
    zone = _calendar(request, sentence.terms, schools)
    criteria, meaningless = criteria_of(sentence.terms, schools=schools, today=now().astimezone(zone).date(), zone=zone)
    problems = tuple(sorted({*problems, *meaningless}, key=lambda problem: problem.start))
    text = form.cleaned_data["q"] if sentence.problems else str(sentence)
    return Search(text, query_of(sentence.terms), sentence.terms, problems, criteria, zone)


def is_address(request: StaffRequest) -> bool:
    """Tell whether the query is one that `query_of` writes: nothing typed stands open in it."""
    open_terms = parse(request.GET.get("q", "")).terms
    return all(map(may_stand_open, open_terms)) and not any(request.GET.get(name) for name in fields.FIELDS)


def opened(query: QueryDict) -> QueryDict:
    """Return the query with its sealed part in the box. Raises Http404 for one that nobody sealed here."""
    letters = query.get("sealed", "")
    if not letters:
        return query
    try:
        text = unseal(letters, keys=map(str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)), purpose=_PURPOSE)
    except Unreadable as error:
        raise Http404("This address of a search is not complete.") from error
    whole = query.copy()
    whole["q"] = f"{text} {query.get('q', '')}".strip()
    del whole["sealed"]
    return whole


def query_of(terms: Iterable[Term]) -> str:
    """Return the query of the address of a search: codes, days and ids readable, all else sealed."""
    plain, private = parted(terms)
    sealed = seal(written(private), key=settings.SECRET_KEY, purpose=_PURPOSE) if private else ""
    return urlencode({name: value for name, value in (("q", written(plain)), ("sealed", sealed)) if value})


def school_of(request: StaffRequest, criteria: Criteria) -> str | None:
    """Return the one school that a search is about, for the log."""
    return criteria.school_id or sole_school(request)


def schools_of(request: StaffRequest, criteria: Criteria) -> tuple[str, ...]:
    """Return the schools whose rows a search looks at, for the log: of those in reach the ones that it asks for.

    Where it leaves out all of them, that it was tried is for all of them to know.
    """
    reach, wanted = schools_in_reach(request), criteria.wanted.schools
    within = (school for school in reach if not wanted or school in wanted)
    return tuple(school for school in within if school not in criteria.unwanted.schools) or reach


def schools_in_reach(request: StaffRequest) -> tuple[str, ...]:
    """Return the schools that the person sees now; none stands for ClassWaves, who see no student."""
    return request.access.scope.schools or ()


def _sentence(form: BoxForm, schools: Mapping[str, str]) -> Sentence:
    """Return what the box says together with the fields. Where the box cannot be read, the fields wait."""
    typed = parse(form.cleaned_data["q"])
    if typed.problems:
        return typed
    before = parse(form.cleaned_data["was"]).terms
    return parse(written(fields.rewritten(typed.terms, form.texts(), before, schools)))


def circle_of(request: StaffRequest, terms: Iterable[Term]) -> Circle:
    """Return with whom a search can be shared: the school that it is about, or is looked at, else the district."""
    about = fields.one_school(terms, dict(request.school_choices))
    school, districts = about or request.school or sole_school(request) or "", request.access.scope.districts or ()
    return Circle(school, districts[0] if not school and len(districts) == 1 else "")


def in_words(request: StaffRequest, circle: Circle) -> str:
    """Return who is in a circle; empty text for nobody."""
    if circle.district_id:
        return "everybody who has a role in your district"
    school = dict(request.school_choices).get(circle.school_id, "a school of yours")
    return f"everybody who may see the audit log of {school}" if circle else ""


def list_address(query: str) -> str:
    """Return the address of the list with a query."""
    return f"{reverse('audit-list')}?{query}" if query else reverse("audit-list")


def sole_school(request: StaffRequest) -> str | None:
    """Return the school of a person who sees one only."""
    schools = request.access.scope.schools
    return schools[0] if schools is not None and len(schools) == 1 else None


def _calendar(request: StaffRequest, terms: Iterable[Term], schools: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone of the school, where one school is looked at."""
    school_id = fields.one_school(terms, schools) or sole_school(request)
    return time_zone(school_id) if school_id else DEFAULT_TIME_ZONE
