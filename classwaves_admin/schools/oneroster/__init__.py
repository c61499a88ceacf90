"""Reads a OneRoster CSV package (1EdTech, 1.1 and 1.2) into a stage (`schools/staging.py`). No clock.

Why our own: the packages on PyPI by that name (`oneroster`, `timeback-oneroster`) are clients of the
REST interface and read no CSV; the complete CSV readers are in TypeScript and PHP. The standard
library's `zipfile` and `csv` do the reading here; this package adds the limits and the rules.

What is not needed is not read: grades, enrollments, results, passwords, race and sex stay in the file.
"""

from classwaves_admin.schools.faults import Fault
from classwaves_admin.schools.oneroster.reader import Reading, read_package

__all__ = ["Fault", "Reading", "read_package"]
