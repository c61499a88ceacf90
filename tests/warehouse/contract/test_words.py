"""Words, ids in lists and beginnings: the regular expressions of a search, which every engine reads alike."""

from __future__ import annotations

import pytest
from django.db.models import F, Func
from django.db.models.expressions import RawSQL

from classwaves_admin.lib.words import asked, holds, literally, pattern
from classwaves_admin.warehouse.log_index.tokens import in_list
from classwaves_admin.warehouse.models import AuditLog, Student
from tests.warehouse.contract.rows import AUDIT, SPECIAL, STUDENTS

pytestmark = pytest.mark.warehouse

PHRASES = ("sure", "SURE", "su*", "100 sure", "sure 100", "score", "under_score", "drop", "o*", "zoë", "ZOË", "É*")


@pytest.mark.parametrize("text", PHRASES)
def test_a_word_is_the_same_on_every_engine(text: str) -> None:
    """The engine finds the rows that plain Python finds: whole words in their order, beginnings with `*`."""
    words = asked(text)
    rows = Student.objects.filter(display_name__regex=pattern(words))
    assert {row.pk for row in rows} == {row.pk for row in STUDENTS if holds(row.display_name, words)}


@pytest.mark.parametrize("text", SPECIAL)
def test_text_in_a_pattern_means_itself(text: str) -> None:
    """A row is found by the beginning of its own text, whatever its characters mean in a regular expression."""
    start = text[: len(text) // 2 + 1]
    rows = Student.objects.filter(display_name__regex=f"^{literally(start)}")
    assert {row.pk for row in rows} == {row.pk for row in STUDENTS if row.display_name.startswith(start)}


def test_an_id_is_found_in_a_list() -> None:
    """An id counts where it stands whole between the signs of a list, and nowhere else."""
    students = ["k-student-005", "k-student-00"]
    rows = AuditLog.objects.filter(affected_student_ids__regex=in_list(students))
    expected = {row.pk for row in AUDIT if '"k-student-005"' in (row.affected_student_ids or "")}
    assert {row.pk for row in rows} == expected
    assert expected


def test_a_function_and_ids_of_a_statement_of_ones_own() -> None:
    """An index answers by a function of the row, or by a statement that gives ids."""
    one = STUDENTS[0]
    rows = Student.objects.annotate(short=Func(F("display_name"), function="LOWER"))
    assert list(rows.filter(pk__in=RawSQL("SELECT %s", [one.pk])).values_list("short", flat=True)) == [
        one.display_name.lower()
    ]
