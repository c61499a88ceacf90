"""Names of the form `schema.table`."""

from __future__ import annotations

import pytest

from classwaves_admin.postgresql.names import inside, quoted, schemas_of, split, unqualified


@pytest.mark.parametrize(
    ("name", "parts", "sql"),
    [
        ("compliance.audit_log", ("compliance", "audit_log"), '"compliance"."audit_log"'),
        ("django_migrations", ("", "django_migrations"), '"django_migrations"'),
        ("public.users.schools", ("public", "users.schools"), '"public"."users.schools"'),
        (".hidden", ("", ".hidden"), '".hidden"'),
        ("ends.", ("", "ends."), '"ends."'),
    ],
)
def test_the_first_dot_parts_schema_and_table(name: str, parts: tuple[str, str], sql: str) -> None:
    """A name is split at its first dot where something stands on both sides, and each part is quoted."""
    assert split(name) == parts
    assert quoted(name) == sql
    assert inside(*parts) == name


def test_a_quoted_name_stays_as_it_is() -> None:
    """Django quotes some names twice."""
    assert quoted('"users"."schools"') == '"users"."schools"'


def test_schemas_are_named_once() -> None:
    """Only names with a schema count."""
    assert schemas_of(["users.schools", "users.students", "auth_user"]) == {"users"}


def test_a_name_loses_its_schema() -> None:
    """FOR UPDATE OF takes a table by its own name only, and an alias as it is."""
    assert [unqualified(name) for name in ('"users"."schools"', '"T3"', "U0")] == ['"schools"', '"T3"', "U0"]
