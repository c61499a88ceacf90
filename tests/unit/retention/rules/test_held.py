"""What is held of a student: every table with a way to a student stands in one category, with the day of its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from classwaves_admin.warehouse.inventory import Retention, tables
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Participant, Student, Transcription
from retention.rules.held import Category, Held, categories, moment_column, rules_about_students
from retention.rules.in_force import in_force
from retention.schedule import rule_of

NOW = datetime(2025, 3, 4, 15, tzinfo=UTC)


def shown(**held: Held) -> dict[str, Category]:
    """Return the categories by kind, `roster` for none, of a student of whom this is held."""
    found = categories({name.replace("__", "."): one for name, one in held.items()}, in_force([], {}, under_13=True))
    return {category.kind.value if category.kind else "roster": category for category in found}


def test_every_table_with_a_way_to_a_student_stands_in_one_category() -> None:
    """A table that gets a path to a student in the inventory cannot be left out of the page."""
    named = sorted(line.rule.name for category in shown().values() for line in category.lines)
    assert named == sorted(entry.name for entry in tables() if entry.students)
    assert {entry.retention for entry in tables() if entry.students} == {*Retention, None}


def test_rows_end_their_days_after_their_clock_started() -> None:
    """The oldest and the newest row, by the days in force; a row whose days do not run says why it stays."""
    held = Held(2, 0, NOW, NOW, NOW, NOW + timedelta(days=2))
    line = shown(sessions__transcriptions=held)["transcripts"].lines[0]
    days = timedelta(days=DEFAULTS[Retention.TRANSCRIPTS].periods.delete)
    assert (line.first_end, line.last_end) == (NOW + days, NOW + days + timedelta(days=2))
    stays = Held(1, 0, NOW, NOW, None, None)
    for model, words in (
        (Student, "roster"),
        (Participant, "with the session"),
        (ParentalConsent, "in force"),
        (CoppaCompliance, "at the school"),
    ):
        name = rule_of(model).name
        lines = [line for one in shown(**{name: stays}).values() for line in one.lines if line.rule.name == name]
        assert [line.first_end for line in lines] == [None]
        assert words in lines[0].stays


def test_the_moment_of_a_row_stands_in_a_column_of_its_own_that_is_never_empty() -> None:
    """Lists are in the order of that column, so a row without it would be on no page."""
    assert moment_column(rule_of(Transcription)) == "created_at"
    for rule in rules_about_students():
        assert not rule.model._meta.get_field(moment_column(rule)).null
