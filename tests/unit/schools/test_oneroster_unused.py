"""Files of which nothing is used: checked, told, and kept nowhere."""

from __future__ import annotations

import pytest

from classwaves_admin.schools.faults import Fault
from classwaves_admin.schools.oneroster import read_package, unused
from classwaves_admin.schools.staging import Stage
from tests.factories import oneroster as make
from tests.factories.rosters import read

SESSIONS = """sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
as-1,,,Fall,term,2024-08-01,2024-12-20,,2025
"""
COURSES = """sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId
course-1,,,as-1,Algebra,,,s-1
"""
CLASSES = """\
sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds
class-1,,,Algebra One,,course-1,,scheduled,,s-1,as-1
"""
ENROLLMENTS = """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary
e-1,,,class-1,s-1,k-1,student,false
e-2,,,class-1,s-1,t-1,teacher,true
"""


def faults(*, version: str = "1.2", **own: str) -> list[Fault]:
    """Return the faults of a package with classes, read as far as it can be."""
    contents = {"academicSessions": SESSIONS, "courses": COURSES, "classes": CLASSES, "enrollments": ENROLLMENTS} | own
    done = read(make.package(make.files(version=version, **contents)))
    assert done.roster is not None
    assert len(done.roster.students) == 3
    return done.reading.faults


def test_a_sound_export_with_classes_has_no_fault() -> None:
    """The specification's own columns, in its order."""
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("enrollments", ENROLLMENTS.replace("student,false", "pupil,false"), "row.invalid_enum", 2),
        ("enrollments", ENROLLMENTS.replace(",t-1,", ",t-9,"), "reference.missing_target_record", 3),
        ("enrollments", ENROLLMENTS.replace("e-2", "e-1"), "reference.duplicate_sourced_id", 3),
        ("enrollments", ENROLLMENTS.replace("student,false", 'st"dent,false'), "csv.unescaped_quote", 2),
        ("enrollments", ENROLLMENTS.replace(",role,", ",part,"), "schema.missing_column", 1),
        ("classes", CLASSES.replace("s-1,as-1", '"s-1","as-1,as-2"'), "reference.missing_target_record", 2),
        ("academicSessions", SESSIONS.replace(",2025", ",25"), "row.invalid_year", 2),
        ("academicSessions", SESSIONS.replace("2024-12-20", "2024-13-20"), "row.invalid_date", 2),
    ],
)
def test_a_fault_is_told_and_the_roster_is_sound_all_the_same(name: str, text: str, code: str, line: int) -> None:
    """A person decides whether to go on; nothing of the file would be used anyway."""
    found = faults(**{name: text})
    assert (f"{name}.csv", line, code) in {(one.file, one.line, one.code) for one in found}
    assert all(one.is_of_a_row for one in found)


def test_a_vendors_own_word_is_no_fault() -> None:
    """1.2 marks it by `ext:`."""
    assert faults(enrollments=ENROLLMENTS.replace("student,false", "ext:observer,false")) == []


def test_of_1_1_nothing_unused_is_judged() -> None:
    """Its exporters order and name columns freely."""
    assert faults(version="1.1", enrollments="whatever\n1\n") == []


def test_what_lies_beyond_the_rows_that_are_looked_at_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what may point there: no fault is guessed."""
    monkeypatch.setattr(unused, "MOST_CHECKED", 1)
    sessions = SESSIONS + "as-2,,,Spring,term,no date,2025-06-01,,2025\n"
    assert faults(academicSessions=sessions, classes=CLASSES.replace("s-1,as-1", "s-1,as-2")) == []


def test_nothing_of_them_is_in_the_stage() -> None:
    """Not an identifier: what references needed is gone with the reading."""
    contents = make.files(version="1.2", academicSessions=SESSIONS, courses=COURSES, classes=CLASSES)
    with Stage.new() as stage:
        assert read_package(make.package(contents), stage).faults == []
        assert "course-1" not in "\n".join(stage.connection.iterdump())
