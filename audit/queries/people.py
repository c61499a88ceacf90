"""Finds the ids of people by what is typed of their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from audit.queries.names import named
from audit.rules.address import PEOPLE, is_id
from audit.rules.language import Problem, Term
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.people.queries.people import memberships_in
from classwaves_admin.tenancy.scope import Scope
from classwaves_admin.warehouse.models import Student, Teacher

# A part of a name that fits more people than this is no search for a person.
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a search can name."""

    id: str
    name: str
    school_id: str = ""


def with_ids(terms: Sequence[Term]) -> tuple[tuple[Term, ...], tuple[Problem, ...]]:
    """Return the pieces with ids for the names of people, and names that fit too many.

    One warehouse query, and one to the portal's people; none where no name is to be looked up. A name or an id
    that nobody has stays as it is: other services write ids of their own.
    """
    typed = {name: {term.value for term in terms if term.name == name and not is_id(term.value)} for name in PEOPLE}
    if not any(typed.values()):
        return tuple(terms), ()
    most = MOST_PEOPLE * sum(map(len, typed.values())) + 1
    known = staff_and_students(typed, most=most)
    known["actor"].extend(_portal_people(Membership.objects.all(), typed["actor"], most))
    found: list[Term] = []
    problems: list[Problem] = []
    for term in terms:
        people = best(term.value, known[term.name]) if term.value in typed.get(term.name, ()) else []
        if len(people) > MOST_PEOPLE:
            advice = f"More than {MOST_PEOPLE} people are called this: write more of the name."
            problems.append(Problem(term.start, term.end, advice))
        found.extend([replace(term, value=person.id) for person in people] or [term])
    return tuple(dict.fromkeys(found)), tuple(problems)


def best(text: str, people: Iterable[Person]) -> list[Person]:
    """Return whom the text means: who has this id, else who has this name, else all with this part of a name."""
    asked, everybody = text.casefold(), list(people)
    same = [person for person in everybody if person.id == text] or [
        person for person in everybody if person.name.casefold() == asked
    ]
    return same or [person for person in everybody if asked in person.name.casefold()]


def staff_and_students(typed: Mapping[str, Iterable[str]], *, most: int) -> defaultdict[str, list[Person]]:
    """Return people of the catalog by kind ("actor", "student") whose id or part of a name is one of the texts.

    `most` at most. One warehouse query.
    """
    actors, students = list(typed.get("actor", ())), list(typed.get("student", ()))
    found: defaultdict[str, list[Person]] = defaultdict(list)
    rows = named(Teacher.objects.filter(_called("name", actors)), "actor", "id", "name", "school_id")
    pupils = Student.objects.filter(_called("display_name", students))
    rows = rows.union(named(pupils, "student", "id", "display_name", "school_id"), all=True)
    for kind, row_id, name, school_id in rows[:most]:
        found[kind].append(Person(row_id, name, school_id))
    return found


def members(text: str, scope: Scope, *, most: int) -> list[Person]:
    """Return people of districts and auditors who reach into the scope, today or once, by id or a part of the name.

    One warehouse query where the districts of the schools are not remembered.
    """
    return _portal_people(memberships_in(scope), [text], most)


def _portal_people(held: QuerySet[Membership], texts: Collection[str], most: int) -> list[Person]:
    """Return people whose role the portal grants: no catalog lists them. No warehouse query.

    Staff act under their id in the catalog, so that of another school's people nobody is found.
    """
    granted = User.objects.filter(pk__in=held.values("user_id"))
    people = granted.filter(_called("name", texts)).values_list("pk", "name")[:most] if texts else []
    return [Person(row_id, name) for row_id, name in people]


def _called(field: str, texts: Iterable[str]) -> Q:
    """Return the condition that an id or a part of a name is one of the texts; for no text, one that nobody meets."""
    condition = Q(pk__in=[])
    for text in texts:
        condition |= Q(pk=text) | Q(**{f"{field}__icontains": text})
    return condition
