from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks import patience, tags
from classwaves_admin.databricks.cursor import is_read, is_repeatable
from classwaves_admin.databricks.merge import insert_sql, merge_sql
from classwaves_admin.databricks.patience import LONG, SHORT, Patience


def test_patience_is_short_unless_said() -> None:
    """A person waits before a page: only a block that says so waits longer."""
    assert patience.current() is SHORT
    with patience.patience(LONG):
        assert patience.current() is LONG
    assert patience.current() is SHORT


@given(st.integers(1, 10), st.floats(0, 30), st.floats(0, 10))
def test_no_try_begins_after_the_end(tried: int, elapsed: float, least: float) -> None:
    """A pause is at least what the server asked, and no try begins later than patience allows."""
    limit = Patience(attempts=5, seconds=12)
    wait = limit.pause(tried, elapsed, least)
    if wait is not None:
        assert tried < 5
        assert least <= wait <= max(least, 4.0)
        assert elapsed + wait <= 12


def test_pauses_grow_and_differ() -> None:
    """The second pause is about twice the first, and two processes do not wait alike."""
    first = {Patience(9, 99).pause(1, 0) or 0.0 for _ in range(20)}
    third = {Patience(9, 99).pause(3, 0) or 0.0 for _ in range(20)}
    assert max(first) < min(third)
    assert len(first) > 10


@pytest.mark.parametrize("name", ["audit:search", "outbox.deliver", "catalog_check"])
def test_tags_name_code(name: str) -> None:
    """A tag is the name of a view, task or command, and ends with its block."""
    with tags.tagged(name):
        assert tags.current() == {"app": "classwaves_admin", "for": name}
    assert tags.current() == {"app": "classwaves_admin"}


@pytest.mark.parametrize(
    "name", ["", "ann@example.org", "/students/7", "Ann Lee", "a" * 101, "id_20250304", "a\nb", "é"]
)
def test_tags_hold_nothing_of_a_person(name: str) -> None:
    """Paths, addresses, names with a space and long numbers are refused."""
    with pytest.raises(ValueError, match="name of a view"), tags.tagged(name):
        pass


COLUMNS = [("id", "STRING"), ("at", "TIMESTAMP")]


def quoted(name: str) -> str:
    """Quote a name."""
    return f"`{name}`"


@pytest.mark.parametrize(
    ("sql", "read", "repeatable"),
    [
        ("SELECT 1", True, True),
        ("  (select 1) UNION (SELECT 2)", True, True),
        ("DESCRIBE TABLE x", True, True),
        ("SELECTED", False, False),
        ("UPDATE x SET a = 1", False, False),
        ("DELETE FROM x", False, False),
        ("WITH a AS (SELECT 1) INSERT INTO x SELECT * FROM a", False, False),
        ("MERGE INTO x t USING y s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.n = t.n + 1", False, False),
        (merge_sql(quoted, "x", COLUMNS, keys=["id"], update=["at"]), False, True),
        (insert_sql(quoted, "x", COLUMNS), False, False),
    ],
)
def test_only_reads_and_our_own_merge_may_be_sent_again(sql: str, read: bool, repeatable: bool) -> None:
    """Where nobody knows whether a statement ran, only these are sent twice."""
    assert (is_read(sql), is_repeatable(sql)) == (read, repeatable)
