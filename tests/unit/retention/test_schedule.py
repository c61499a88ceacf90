"""The schedule is whole: a table, a relation or a personal column without a stated fate fails here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db.models import Q

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.fields import Reference
from classwaves_admin.warehouse.inventory import table
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, Participant, School, Student, Transcription
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.fates import DELETE, Clock, Fate, Outcome, Rule, blank, keep
from retention.faults import problems
from retention.schedule import SCHEDULE, rule_of


def test_every_table_relation_and_personal_column_has_a_fate() -> None:
    """All 27 tables are stated; whoever adds a table, a relation or a column learns here what is missing."""
    assert problems(SCHEDULE, catalog_models()) == []
    assert len(SCHEDULE) == 27


def without(name: str) -> Callable[[Rule], Rule]:
    """Return what forgets a relation."""
    return lambda rule: replace(
        rule,
        goes_with=tuple(one for one in rule.goes_with if one != name),
        stays_without={key: why for key, why in rule.stays_without.items() if key != name},
    )


@pytest.mark.parametrize(
    ("rule", "forget", "words"),
    [
        (rule_of(Transcription), without("session"), "transcriptions.session has no fate: name it in `goes_with`"),
        (rule_of(Participant), without("student"), "participants.student has no fate"),
        (rule_of(Participant), lambda rule: replace(rule, goes_with=("session", "group")), "group has two fates"),
        (rule_of(School), lambda rule: replace(rule, goes_with=("nation",)), "nation is no relation"),
        (rule_of(AuditLog), lambda rule: replace(rule, clock=None), "a table has a clock where"),
        (rule_of(AuditLog), lambda rule: replace(rule, by_age=keep("for ever")), "do not stay past it"),
        (rule_of(AuditLog), lambda rule: replace(rule, clock=Clock("created_at", when=Q(id="x"))), "say why a row"),
        (
            rule_of(Transcription),
            lambda rule: replace(rule, alone=keep("No row of this table is about one student.")),
            "and the inventory names a way to one",
        ),
        (
            rule_of(Student),
            lambda rule: replace(rule, alone=blank("x", email=None)),
            "students.display_name is",
        ),
        (rule_of(CoppaCompliance), lambda rule: replace(rule, alone=blank("", birth_year=None)), "needs a reason"),
        (rule_of(School), lambda rule: replace(rule, alone=Outcome(Fate.BLANK, reason="x")), "and only by it"),
        (rule_of(School), lambda rule: replace(rule, alone=blank("x", motto=None)), "schools.motto does not exist"),
    ],
)
def test_what_is_forgotten_is_named(rule: Rule, forget: Callable[[Rule], Rule], words: str) -> None:
    """Each fault is one sentence that says how to mend it."""
    assert any(words in problem for problem in problems([forget(rule)], [rule.model]))


def test_a_table_is_stated_once() -> None:
    """A table without a rule, or with two, is named."""
    rule = rule_of(School)
    assert problems([], [School]) == ["users.schools has 0 fates: state one in retention/schedule.py."]
    assert problems([rule, rule], [School]) == ["users.schools has 2 fates: state one in retention/schedule.py."]


@pytest.mark.parametrize("rule", SCHEDULE, ids=lambda rule: rule.name)
def test_what_is_written_can_be_asked_and_stored(rule: Rule) -> None:
    """Clocks, conditions and exceptions are queries, and each emptied column takes its value."""
    with system_scope(reason="a test"):
        rows = rule.model._default_manager.all()
        if rule.clock:
            str(rows.filter(rule.clock.when).annotate(clock=rule.clock.expression).order_by("clock").query)
        for exception in rule.never_by_age.values():
            str(rows.exclude(exception).query)
    columns = {field.attname: field for field in rule.model.columns()}
    for outcome in (rule.by_age, rule.alone, rule.shared):
        for column, value in outcome.blanks.items():
            assert columns[column].storable(value) == value


def test_what_a_session_takes_with_it_is_its_own_kind_or_ends_sooner() -> None:
    """Nothing goes with a parent of the same schedule that stays: every parent in `goes_with` is destroyed itself."""
    for rule in SCHEDULE:
        parents = {field.name: field.related_model for field in rule.model.columns() if isinstance(field, Reference)}
        for name in rule.goes_with:
            model = parents[name]
            assert issubclass(model, CatalogModel)
            parent = rule_of(model)
            assert parent.by_age is DELETE, f"{rule.name} goes with {parent.name}, which stays"
            assert table(parent.model).retention
