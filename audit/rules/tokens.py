"""What a search asks the log's index for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.rules.criteria import Criteria, Resource, Values, beginning
from classwaves_admin.lib.words import asked
from classwaves_admin.warehouse.log_index.tokens import Kind, Token, Wanted

# More values of one kind than this are left to the columns.
MOST_VALUES = 500
STUDENT = "student"
_KINDS = {
    "categories": Kind.CATEGORY,
    "actors": Kind.ACTOR,
    "bases": Kind.BASIS,
    "ips": Kind.ADDRESS,
    "sessions": Kind.SESSION,
}
Group = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the index is asked for. Unless `exact`, it gives rows besides those of the search, and no fewer."""

    wanted: Wanted
    exact: bool


def asked_of_the_index(criteria: Criteria, schools: tuple[str, ...] | None) -> Asked | None:
    """Return what to ask the index for; None where it knows nothing that narrows the search.

    `schools` are those that the person may see; None stands for all. The period is not the index's business.
    """
    if schools == ():
        return None
    asked_schools = criteria.wanted.schools
    narrows = schools is not None and not (asked_schools and set(asked_schools) <= set(schools))
    narrowed = [asked_schools, schools] if narrows else [asked_schools]
    groups = [tuple(Token(Kind.SCHOOL, school) for school in each) for each in narrowed if each]
    few = [group for group in groups if len(group) <= MOST_VALUES]
    wanted, whole = _groups(criteria.wanted)
    unwanted, without = _groups(criteria.unwanted)
    unwanted.append(tuple(Token(Kind.SCHOOL, school) for school in criteria.unwanted.schools))
    asked_for = (*few, *(group for group in wanted if len(group) <= MOST_VALUES))
    if not asked_for:
        return None
    exact = whole and without and len(few) + len(wanted) == len(asked_for) and len(few) == len(groups)
    # A token that stands for more than it says must not keep rows away.
    kept_away = tuple(token for group in unwanted for token in group)[:MOST_VALUES] if without else ()
    return Asked(Wanted(tuple(dict.fromkeys(asked_for)), kept_away), exact and len(kept_away) < MOST_VALUES)


def _groups(values: Values) -> tuple[list[Group], bool]:
    """Return one group of tokens for each thing that is asked for, and whether they say all of it."""
    found = [_of_events(values.events)] if values.events else []
    found += [_of_kind(kind, there) for name, kind in _KINDS.items() if (there := getattr(values, name))]
    exact = all(group is not None for group in found) and not values.grants  # the index knows no grants
    groups = [group for group in found if group]
    for words in map(asked, values.words):
        groups += [tuple(Token(Kind.WORD, form, word.beginning) for form in word.forms) for word in words]
        exact = exact and len(words) < 2  # noqa: PLR2004 - the index knows no order of two
    if values.students:
        groups.append(tuple(Token(Kind.STUDENT, student) for student in values.students))
    resources, exactly = _of_resources(values.resources)
    return groups + resources, exact and exactly


def _of_kind(kind: Kind, values: Iterable[str]) -> Group | None:
    """Return the tokens of values, some of which stand for all that begin so; None where that is everything."""
    starts = {value: beginning(value) if kind is not Kind.ACTOR else None for value in values}
    if "" in starts.values():
        return None
    return tuple(
        Token(kind, value if start is None else start, beginning=start is not None) for value, start in starts.items()
    )


def _of_events(events: Iterable[str]) -> Group | None:
    """Return the tokens of events; those up to the first dot of their names have one of their own."""
    groups = [event for event in events if event.endswith(".*") and event.count(".") == 1]
    others = _of_kind(Kind.EVENT, [event for event in events if event not in groups])
    return None if others is None else (*(Token(Kind.EVENT_GROUP, event[:-1]) for event in groups), *others)


def _of_resources(resources: tuple[Resource, ...]) -> tuple[list[Group], bool]:
    """Return the tokens of kinds and of records; the token of a student stands in rows about other things too."""
    if not resources:
        return [], True
    exact = all(not one.id or (one.type != STUDENT and str(one).count("/") == 1) for one in resources)
    return [tuple(_of_resource(one) for one in resources)], exact


def _of_resource(resource: Resource) -> Token:
    if not resource.id:
        return Token(Kind.RESOURCE_TYPE, resource.type)
    if resource.type == STUDENT:
        return Token(Kind.STUDENT, resource.id)
    return Token(Kind.RESOURCE, str(resource))
