"""The data inventory is whole, and says how to mend itself where it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from classwaves_admin.accounts.models import User
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.inventory import (
    Link,
    Privacy,
    Retention,
    Subject,
    Table,
    columns_of,
    markdown,
    privacy_of,
    table,
    tables,
)
from classwaves_admin.warehouse.inventory.faults import problems
from classwaves_admin.warehouse.models import AuditLog, District, ParentalConsent, Recording, School, Student
from classwaves_admin.warehouse.models._base import CatalogModel
from tests.factories import catalog as make

PAGE = Path(__file__).parents[3] / "docs" / "data-inventory.md"
TABLES = list(tables())


def faults(entry: Table) -> list[str]:
    """Return what is wrong with one declaration."""
    return problems([entry], [entry.model])


def test_every_column_and_table_is_declared() -> None:
    """All 420 columns have one class; all 27 tables say how long they stay and whom they are about."""
    assert problems(TABLES, catalog_models()) == []
    assert sum(len(entry.privacy) for entry in TABLES) == 420


def test_a_new_column_without_a_class_is_named_with_the_file_to_mend() -> None:
    """Whoever adds a column learns where its class belongs."""
    entry = table(District)
    columns = {privacy: names.replace("website", "") for privacy, names in entry.columns.items()}
    assert faults(replace(entry, columns=columns)) == [
        "admin.districts.website has no privacy class: add it to `columns` in warehouse/inventory/admin.py."
    ]


def test_a_declaration_of_a_column_that_is_not_there_is_named() -> None:
    """Whoever removes or misspells a column learns which word to remove."""
    entry = table(District)
    columns = dict(entry.columns) | {Privacy.PUBLIC: f"{entry.columns[Privacy.PUBLIC]} motto name"}
    assert faults(replace(entry, columns=columns | {Privacy.STAFF_PII: "name contact_email contact_phone"})) == [
        "admin.districts.superintendent_name has no privacy class:"
        " add it to `columns` in warehouse/inventory/admin.py.",
        "admin.districts.motto does not exist: remove it from `columns` in warehouse/inventory/admin.py.",
        "admin.districts.name has more than one privacy class: keep one in warehouse/inventory/admin.py.",
    ]


def test_a_table_without_a_declaration_is_named() -> None:
    """Whoever adds a table learns that it needs an entry, and one only."""
    rest = [entry for entry in TABLES if entry.model is not School]
    assert problems(rest, [School]) == [
        "users.schools is declared 0 times: keep one Table in warehouse/inventory/users.py."
    ]


@pytest.mark.parametrize("what", ["retention", "students", "school"])
def test_an_answer_and_a_reason_exclude_each_other(what: str) -> None:
    """A table gives a retention category, a path to a student and to a school, or says why not."""
    entry = table(Recording)
    expected = [f"audio.recordings: give either `{what}` or the reason in `no_{what}`."]
    both: dict[str, Any] = {f"no_{what}": "because"}
    neither: dict[str, Any] = {what: None}
    assert faults(replace(entry, **both)) == expected
    assert faults(replace(entry, **neither)) == expected


@pytest.mark.parametrize("entry", TABLES, ids=lambda entry: entry.name)
def test_every_path_to_a_student_can_be_asked(entry: Table) -> None:
    """The ORM turns each link into SQL on text columns."""
    for link in entry.students:
        with system_scope(reason="test"):
            query = entry.model._default_manager.filter(link.rows(entry.model, ["a", "b"])).query
        assert "WHERE" in str(query)


@pytest.mark.parametrize("entry", TABLES, ids=lambda entry: entry.name)
def test_the_path_to_the_school_is_the_scope(entry: Table) -> None:
    """A scope limits the table's queries by the declared path, or the table says why by none."""
    everything: models.QuerySet[CatalogModel] = models.QuerySet(entry.model, using="warehouse")
    with inside(Scope(schools=("s",), districts=("d",))):
        scoped = entry.model._default_manager.all()
    if entry.school:
        expected = everything.filter(**{f"{entry.school}__in": ["s"]})
    elif entry.model is District:
        expected = everything.filter(pk__in=["d"])
    else:
        expected = everything
    assert str(scoped.query) == str(expected.query)


@pytest.mark.parametrize("retention", Retention)
def test_every_retention_category_rules_a_table(retention: Retention) -> None:
    """No policy that a school can set is without effect."""
    assert list(tables(retention))


@pytest.mark.parametrize(
    ("model", "name", "privacy"),
    [
        (ParentalConsent, "parent_name", Privacy.GUARDIAN_PII),
        (ParentalConsent, "student", Privacy.STUDENT_PII),
        (ParentalConsent, "student_id", Privacy.STUDENT_PII),
        (Recording, "file_path", Privacy.VOICE),
        (Student, "grade_level", Privacy.EDUCATION_RECORD),
        (School, "name", Privacy.PUBLIC),
    ],
)
def test_a_class_is_found_by_field_and_by_column(model: type[CatalogModel], name: str, privacy: Privacy) -> None:
    """Both `student` and `student_id` name the same column."""
    assert privacy_of(model, name) is privacy
    assert (model, privacy_of(model, name)) in {(m, p) for p in Privacy for m, _ in columns_of(p)}


def test_unknown_names_are_refused_with_the_way_to_mend_them() -> None:
    """A wrong column is a LookupError that names it."""
    with pytest.raises(LookupError, match=r"users\.students\.nickname has no privacy class"):
        privacy_of(Student, "nickname")


def test_a_model_of_another_database_is_not_in_the_inventory() -> None:
    """A model that is no table of the catalog is a LookupError."""
    stranger: Any = User
    with pytest.raises(LookupError, match="accounts_user is not in the data inventory"):
        table(stranger)


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_links_find_the_rows_of_a_student() -> None:
    """A list of ids, a condition and a plain column each find exactly the rows that name the student."""
    school = make.school()
    child, other = make.student(school=school), make.student(school=school)
    listed = make.audit_row(school=school, affected_student_ids=f'["{other.pk}", "{child.pk}"]')
    named = make.audit_row(school=school, resource_type="student", resource_id=child.pk)
    make.audit_row(school=school, resource_type="session", resource_id=child.pk)
    make.audit_row(school=school, affected_student_ids="not JSON")
    found = set()
    with system_scope(reason="test"):
        for link in table(AuditLog).students:
            found |= set(AuditLog.objects.filter(link.rows(AuditLog, [child.pk])))
        assert not AuditLog.objects.filter(
            Link("affected_student_ids", Subject.STUDENT, json_list=True).rows(AuditLog, [])
        )
    assert found == {listed, named}


def test_the_page_is_current() -> None:
    """docs/data-inventory.md is what `manage.py catalog inventory` prints; run it again when this fails."""
    assert PAGE.read_text(encoding="utf-8") == markdown.page()
