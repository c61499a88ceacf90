"""Reads a OneRoster CSV package (1EdTech, 1.1 and 1.2) into plain typed data. No database, no clock.

Why our own: the packages on PyPI by that name (`oneroster`, `timeback-oneroster`) are clients of the
REST interface and read no CSV; the complete CSV readers are in TypeScript and PHP. The standard
library's `zipfile` and `csv` do the reading here; this package adds the limits and the rules.

What is not needed is not read: grades, enrollments, results, passwords, race and sex stay in the file.
"""

from classwaves_admin.schools.oneroster.faults import Fault
from classwaves_admin.schools.oneroster.reader import Reading, read_package
from classwaves_admin.schools.oneroster.roster import (
    District,
    Guardian,
    Relation,
    Roster,
    School,
    Staff,
    StaffRole,
    Student,
)

__all__ = [
    "District",
    "Fault",
    "Guardian",
    "Reading",
    "Relation",
    "Roster",
    "School",
    "Staff",
    "StaffRole",
    "Student",
    "read_package",
]
