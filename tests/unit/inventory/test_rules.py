"""What the inventory says of tables, columns and readers, and what a difference asks for."""

from __future__ import annotations

import pytest

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.inventory.rules.findings import Finding, findings
from classwaves_admin.inventory.rules.lines import CLASS_WORDS, Wanted, all_entries, entries, entry_named, meaning
from classwaves_admin.inventory.rules.reading import ASKS, BY_LINK, COUNTS, READS, counters, programs, readers, words_of
from classwaves_admin.inventory.rules.subprocessors import changed, fingerprint
from classwaves_admin.warehouse.catalog.drift import Drift, Kind
from classwaves_admin.warehouse.inventory import Privacy

TABLES = {entry.name for entry in all_entries()}


def test_every_table_and_column_is_listed() -> None:
    """The list has the 27 tables and 420 columns of the catalog, each with class, type and what it holds."""
    columns = [column for entry in all_entries() for column in entry.columns]
    assert (len(TABLES), len(columns)) == (27, 420)
    assert all(column.type and column.holds for column in columns)
    assert all(entry.purpose for entry in all_entries())


@pytest.mark.parametrize("privacy", Privacy)
def test_a_class_narrows_to_its_columns(privacy: Privacy) -> None:
    """A class shows its own columns alone, and has words and a meaning."""
    found = entries(Wanted(privacy=privacy))
    assert found
    assert {column.privacy for entry in found for column in entry.columns} == {privacy}
    assert CLASS_WORDS[privacy]
    assert len(meaning(privacy)) > 40


@pytest.mark.parametrize(
    ("wanted", "tables"),
    [
        (Wanted(schema="audio"), {"audio.recordings"}),
        (Wanted(words="birth YEAR"), {"compliance.coppa_compliance"}),
        (Wanted(words="guardian parent_email"), {"users.students", "compliance.parental_consents"}),
        (Wanted(privacy=Privacy.VOICE, schema="users"), set()),
        (Wanted(words="no such word"), set()),
    ],
)
def test_schema_and_words_narrow(wanted: Wanted, tables: set[str]) -> None:
    """All words must stand in a column's name, class or description, or at its table, whatever their case."""
    assert {entry.name for entry in entries(wanted)} == tables


def test_words_about_a_table_bring_all_its_columns() -> None:
    """Who looks for a table by its name sees all of it."""
    (found,) = entries(Wanted(words="audio.recordings"))
    assert len(found.columns) == found.whole


def test_readers_name_tables_that_exist() -> None:
    """No permission, key or link reads a table that the catalog does not have."""
    named = set().union(*READS.values(), *COUNTS.values(), *ASKS.values(), BY_LINK)
    assert named <= TABLES


PEOPLE = {
    "ClassWaves staff": Role.SUPER_ADMIN,
    "district administrators": Role.DISTRICT_ADMIN,
    "school administrators": Role.SCHOOL_ADMIN,
    "teachers": Role.TEACHER,
    "auditors": Role.AUDITOR,
}


@pytest.mark.parametrize("people", PEOPLE)
def test_who_can_read_follows_the_permissions(people: str) -> None:
    """People stand at a table if and only if they hold a permission whose pages read it."""
    held = PERMISSIONS[PEOPLE[people]]
    for table in TABLES:
        able = any(one in held and table in READS[one] for one in Permission)
        assert able == any(people in reader.people for reader in readers(table)), table


def test_classwaves_sees_no_student_without_a_grant() -> None:
    """Numbers are told apart from rows: ClassWaves reads rows about students within a support grant alone."""
    for entry in all_entries():
        if entry.table.students and not entry.name.startswith("operational."):
            assert not any("ClassWaves staff" in reader.people for reader in readers(entry.name)), entry.name
    assert any("ClassWaves staff" in reader.people for reader in counters("users.students"))


def test_words_of_readers() -> None:
    """People, programs and guardians are named; a table that no page reads says so."""
    assert words_of("users.students").startswith("ClassWaves staff within a support grant, district administrators")
    assert words_of("users.students").endswith("programs of the school with a key, guardians, about their own child")
    assert words_of("operational.background_jobs") == "ClassWaves staff, district administrators"
    assert programs("compliance.coppa_compliance")


def test_unclassified_data_come_first() -> None:
    """A column without a class is told before a type that differs; each finding says what to do."""
    found = findings(
        [
            Drift(Kind.TYPE, "admin.districts", "name", expected="STRING", live="INT"),
            Drift(Kind.EXTRA_COLUMN, "users.students", "shoe_size"),
        ]
    )
    assert [one.where for one in found] == ["users.students.shoe_size", "admin.districts.name"]
    assert [one.is_unclassified for one in found] == [True, False]
    assert all(one.words and one.to_do for one in found)


@pytest.mark.parametrize("kind", Kind)
def test_findings_survive_json(kind: Kind) -> None:
    """What is kept in the database says the same when it is read again."""
    finding = Finding(kind, "users.students", "shoe_size", "STRING", "INT")
    assert Finding.from_json(finding.as_json()) == finding


def test_what_changed_and_its_mark() -> None:
    """Only fields that say something else are named, and a mark changes with any of them."""
    before = {"name": "Nimbus", "classes": ["voice"], "until": ""}
    after = before | {"until": "2026-06-30"}
    assert changed(before, after) == ["until"]
    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(dict(reversed(before.items()))) == fingerprint(before)


def test_no_table_by_another_name() -> None:
    """An address with an unknown table finds nothing."""
    assert entry_named("users.nobody") is None
