"""The rows that say anything about one child, and what the schedule makes of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet, Value

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Link, Subject, table
from classwaves_admin.warehouse.models import CoppaCompliance, Participant, Recording, Student
from consent.models import Guardian, Guardianship
from retention.fates import Fate, Outcome, Rule
from retention.parts import in_order
from retention.queries.adrift import in_scope_or_adrift, moment_of
from retention.queries.subjects import NOTHING, Parts, parts_of, rows_about
from retention.schedule import SCHEDULE, rule_of

__all__ = [
    "Task",
    "all_rows",
    "child_rules",
    "merged",
    "narrower_links",
    "of_others",
    "own_names",
    "parts_as_json",
    "parts_from_json",
    "parts_now",
    "shared_rows",
    "tasks_of",
]

# Voices first; the seats, by which everything else is found, and the proof of the deletion last.
_FIRST = (rule_of(Recording),)
_LAST = (rule_of(Participant), rule_of(CoppaCompliance), rule_of(Student))


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with rows of one table: `rows` are those with whom it is not done yet, with their `clock`."""

    rule: Rule
    outcome: Outcome
    rows: QuerySet[Any]

    @property
    def fate(self) -> Fate:
        """Return what becomes of the rows."""
        return self.outcome.fate


def child_rules() -> list[Rule]:
    """Return the fates of all tables that can name a student, in the order in which a deletion takes them."""
    apart = {rule.name for rule in (*_FIRST, *_LAST)}
    named = [rule for rule in in_order(SCHEDULE) if table(rule.model).students and rule.name not in apart]
    return [*_FIRST, *named, *_LAST]


def parts_now(student_id: str) -> Parts:
    """Return what names a student at this moment: one warehouse query."""
    return parts_of([student_id])[student_id]


def merged(one: Parts, other: Parts) -> Parts:
    """Return what either of two says; a seat that was deleted still leads to rows that name it."""
    return {subject: one[subject] | other[subject] for subject in Subject}


def parts_as_json(parts: Parts) -> dict[str, list[str]]:
    """Return parts as JSON takes them."""
    return {subject.value: sorted(ids) for subject, ids in parts.items()}


def parts_from_json(kept: Mapping[str, list[str]]) -> Parts:
    """Return the parts that `parts_as_json` wrote."""
    return {subject: frozenset(kept.get(subject.value, ())) for subject in Subject}


def all_rows(rule: Rule) -> QuerySet[Any]:
    """Return the rows of a table that may be the child's with their `clock`, null for rows whose days do not run."""
    moment = moment_of(rule.model, rule.clock) if rule.clock else Value(None, output_field=DateTimeField())
    found: QuerySet[Any] = in_scope_or_adrift(rule.model).annotate(clock=moment)
    return found


def tasks_of(rule: Rule, parts: Parts) -> Iterator[Task]:
    """Yield what one child's deletion does to a table: rows about the child alone, and rows that others share.

    Two outcomes that are the same make one task. What is kept is a task too: it is counted, and nothing is done.
    """
    alone, shared = rows_about(rule, parts, alone=True), shared_rows(rule, parts)
    rows = all_rows(rule)
    if rule.alone == rule.shared:
        yield Task(rule, rule.alone, _still_to_do(rule.alone, rows.filter(alone | shared)))
        return
    if any(link.alone for link in table(rule.model).students):
        yield Task(rule, rule.alone, _still_to_do(rule.alone, rows.filter(alone)))
    if any(not link.alone for link in table(rule.model).students):
        yield Task(rule, rule.shared, _still_to_do(rule.shared, rows.filter(shared).exclude(alone)))


def shared_rows(rule: Rule, parts: Parts) -> Q:
    """Return the condition of rows that the child shares, without those that are another child's own."""
    found = NOTHING
    for link in (one for one in table(rule.model).students if not one.alone):
        mine = link.rows(rule.model, sorted(parts[link.subject]))
        for narrower in narrower_links(rule, link):
            mine &= _names_nobody_else(narrower, parts)
        for column, others in of_others(rule, link, parts).items():
            mine &= ~Q(**{f"{column}__in": others})
        found |= mine
    return found


def of_others(rule: Rule, link: Link, parts: Parts) -> dict[str, list[str]]:
    """Return by column the ids of those whose own a row is although it went to an address of the child's guardians.

    A brother or sister, and the same parent as another school knows them: what they got is not this school's.
    """
    if link.subject is not Subject.GUARDIAN_ADDRESS:
        return {}
    children, addresses = parts[Subject.STUDENT], parts[Subject.GUARDIAN_ADDRESS]
    with system_scope(reason="one address may be known to two schools"):
        own = Guardianship.objects.filter(student_id__in=children).values("guardian_id")
        others = set(Guardian.objects.filter(email__in=addresses).exclude(pk__in=own).values_list("pk", flat=True))
        ties = Guardianship.objects.filter(guardian__email__in=addresses).exclude(student_id__in=children)
        others |= set(ties.values_list("student_id", flat=True))
    columns = [one.lookup for one in table(rule.model).students if one.alone and one.subject is Subject.STUDENT]
    return dict.fromkeys(columns, sorted(others)) if others else {}


def narrower_links(rule: Rule, link: Link) -> list[Link]:
    """Return the links that say of a row that a child shares by `link` whether it is another child's own.

    A row of a session that names another group, another seat or another student is theirs: what it says of the child
    would be said without it. A recording is shared by all who sat at the table, whosever device it was. What is kept is
    kept whosever it is.
    """
    at_the_table = rule.file and link.subject is Subject.GROUP
    if at_the_table or rule.shared.fate is Fate.KEEP or link.subject not in {Subject.SESSION, Subject.GROUP}:
        return []
    plain = (one for one in table(rule.model).students if not (one.json_list or one.when))
    return [one for one in plain if one.alone or (one.subject, link.subject) == (Subject.GROUP, Subject.SESSION)]


def own_names(parts: Parts) -> list[str]:
    """Return every id by which a row can say that it is the child's, or of what the child took part in."""
    return sorted(frozenset().union(*parts.values()) - parts[Subject.GUARDIAN_ADDRESS])


def _names_nobody_else(link: Link, parts: Parts) -> Q:
    nobody = Q(**{f"{link.lookup}__isnull": True}) | Q(**{link.lookup: ""})
    return nobody | Q(**{f"{link.lookup}__in": own_names(parts)})


def _still_to_do(outcome: Outcome, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return rows without those that are emptied already."""
    if outcome.fate is not Fate.BLANK:
        return rows
    full = NOTHING
    for column, value in outcome.blanks.items():
        full |= Q(**{f"{column}__isnull": False}) if value is None else ~Q(**{column: value})
    return rows.filter(full)
