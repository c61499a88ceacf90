"""Compares the schedule with the tables and the data inventory, and says how to mend each difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from classwaves_admin.warehouse.fields import Reference
from classwaves_admin.warehouse.inventory import Privacy, table
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.fates import Fate, Outcome, Rule

# What names, describes or quotes a person: a row that stays after a deletion holds none of it.
PERSONAL = (Privacy.VOICE, Privacy.STUDENT_PII, Privacy.GUARDIAN_PII)


def problems(schedule: Collection[Rule], models: Iterable[type[CatalogModel]]) -> list[str]:
    """Return one sentence for each fault of the schedule; none means that it is whole."""
    count = Counter(rule.model for rule in schedule)
    found = [
        f"{model._meta.db_table} has {count[model]} fates: state one in retention/schedule.py."
        for model in models
        if count[model] != 1
    ]
    for rule in schedule:
        found.extend(_of_relations(rule))
        found.extend(_of_period(rule))
        found.extend(_of_people(rule))
        for outcome in (rule.by_age, rule.alone, rule.shared):
            found.extend(_of_outcome(rule, outcome))
    return found


def _of_relations(rule: Rule) -> Iterator[str]:
    real = {field.name for field in rule.model._meta.concrete_fields if isinstance(field, Reference)}
    stated = [*rule.goes_with, *rule.stays_without]
    for name in sorted(real - set(stated)):
        yield f"{rule.name}.{name} has no fate: name it in `goes_with`, or with a reason in `stays_without`."
    for name in sorted(set(stated) - real):
        yield f"{rule.name}.{name} is no relation: remove it."
    for name in sorted(set(rule.orphan_without) - rule.stays_without.keys()):
        yield f"{rule.name}.{name} makes no orphan: say in `stays_without` why the row does not go at once."
    for name in sorted(name for name, times in Counter(stated).items() if times > 1):
        yield f"{rule.name}.{name} has two fates: keep one."


def _of_period(rule: Rule) -> Iterator[str]:
    kind = table(rule.model).retention
    if (kind is None) != (rule.clock is None):
        yield f"{rule.name}: a table has a clock where the inventory names its retention category, and only there."
    if (kind is None) != (rule.by_age.fate is Fate.KEEP):
        yield f"{rule.name}: rows with a period do not stay past it, rows without one stay for a reason."
    if rule.clock and bool(rule.clock.when) != bool(rule.clock.else_kept):
        yield f"{rule.name}: say why a row without a clock stays, and only where there are such rows."


def _of_people(rule: Rule) -> Iterator[str]:
    links = table(rule.model).students
    for name, wanted in (("alone", True), ("shared", False)):
        ties = [link for link in links if link.alone is wanted]
        outcome: Outcome = getattr(rule, name)
        nobody = outcome.fate is Fate.KEEP and outcome.reason.startswith("No row of this table")
        if ties and nobody:
            yield f"{rule.name}: `{name}` says that no row is about a student, and the inventory names a way to one."


def _of_outcome(rule: Rule, outcome: Outcome) -> Iterator[str]:
    if outcome.fate is not Fate.DELETE and not outcome.reason:
        yield f"{rule.name}: what stays needs a reason."
    if (outcome.fate is Fate.BLANK) != bool(outcome.blanks):
        yield f"{rule.name}: columns are emptied by the fate `blank`, and only by it."
    if outcome.fate is not Fate.BLANK:
        return
    fields = {str(field.column): field for field in rule.model._meta.concrete_fields}
    for column in sorted(outcome.blanks.keys() - fields.keys()):
        yield f"{rule.name}.{column} does not exist: remove it from `blank`."
    for column, privacy in table(rule.model).privacy.items():
        names_a_row = fields[column].primary_key or isinstance(fields[column], Reference)
        if privacy in PERSONAL and column not in outcome.blanks and not names_a_row:
            yield f"{rule.name}.{column} is {privacy} and would stay: empty it in `blank`."
