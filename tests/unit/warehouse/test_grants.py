"""What is missing is told as the statements to run, for each schema together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.warehouse.grants import Held, Missing, missing_on_databricks, missing_on_postgresql

TABLES = ["compliance.audit_log", "users.schools", "users.students"]
USER = "3f1a0c52-0000-4000-8000-00000000abcd"
LEVELS = st.sampled_from(["catalog", "schema", "table"])
NAMES = st.sampled_from(["classwaves", "compliance", "users", *TABLES])
PRIVILEGES = st.sampled_from(["SELECT", "MODIFY", "USE CATALOG", "USE SCHEMA", "CREATE TABLE", "ALL PRIVILEGES"])


def needed(*held: tuple[str, str, str]) -> list[str]:
    """Return the statements that the portal needs with these privileges in hand."""
    return [each.statement for each in missing(*held) if each.needed]


def missing(*held: tuple[str, str, str]) -> list[Missing]:
    """Return all that is missing with these privileges in hand."""
    return missing_on_databricks([Held(*each) for each in held], catalog="classwaves", tables=TABLES, user=USER)


def test_a_new_service_principal_is_told_everything() -> None:
    """The catalog once, then one statement for each schema."""
    assert needed() == [
        f"GRANT USE CATALOG ON CATALOG `classwaves` TO `{USER}`;",
        f"GRANT USE SCHEMA, SELECT, MODIFY ON SCHEMA `classwaves`.`compliance` TO `{USER}`;",
        f"GRANT USE SCHEMA, SELECT, MODIFY ON SCHEMA `classwaves`.`users` TO `{USER}`;",
    ]


def test_a_read_only_user_lacks_modify() -> None:
    """What is granted on the catalog holds for all below it."""
    held = [("catalog", "classwaves", word) for word in ("USE_CATALOG", "USE_SCHEMA", "SELECT")]
    assert needed(*held) == [
        f"GRANT MODIFY ON SCHEMA `classwaves`.`compliance` TO `{USER}`;",
        f"GRANT MODIFY ON SCHEMA `classwaves`.`users` TO `{USER}`;",
    ]


def test_one_table_without_its_grant_is_found() -> None:
    """Grants on single tables count, and one that lacks is enough."""
    held = [("catalog", "classwaves", "USE CATALOG"), ("catalog", "classwaves", "USE SCHEMA")]
    held += [("table", table, word) for table in TABLES for word in ("SELECT", "MODIFY")]
    assert needed(*held) == []
    held.remove(("table", "users.students", "SELECT"))
    assert needed(*held) == [f"GRANT SELECT ON SCHEMA `classwaves`.`users` TO `{USER}`;"]


def test_making_tables_is_for_migrations_alone() -> None:
    """It is told and not needed."""
    held = [("catalog", "classwaves", word) for word in ("USE CATALOG", "USE SCHEMA", "SELECT", "MODIFY")]
    found = missing(*held)
    assert not needed(*held)
    assert [each.statement.partition(" ON")[0] for each in found] == ["GRANT CREATE TABLE"] * 2


def test_all_privileges_are_enough() -> None:
    """An owner of the catalog's schemas needs no more than to use the catalog."""
    assert missing(("catalog", "classwaves", "ALL PRIVILEGES")) == []


@given(st.lists(st.tuples(LEVELS, NAMES, PRIVILEGES)), st.tuples(LEVELS, NAMES, PRIVILEGES))
def test_one_more_privilege_never_needs_more_statements(
    held: list[tuple[str, str, str]], more: tuple[str, str, str]
) -> None:
    """Granting is monotone: nothing that was enough becomes too little."""
    assert len(needed(*held, more)) <= len(needed(*held))


def test_postgresql_s_answers_become_statements() -> None:
    """Privileges of one place stand in one statement, quoted."""
    lacking = [
        ("schema", "users", "CREATE"),
        ("table", "users.schools", "UPDATE"),
        ("table", "users.schools", "DELETE"),
    ]
    assert missing_on_postgresql(lacking, user="portal") == [
        Missing('GRANT CREATE ON SCHEMA "users" TO "portal";', needed=False),
        Missing('GRANT UPDATE, DELETE ON TABLE "users"."schools" TO "portal";'),
    ]
