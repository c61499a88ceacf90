"""Reads a plain table of students (CSV): one row for each, with any number of guardians beside them.

`text` finds the encoding · `columns` what the columns mean · `reader` takes the rows into a stage.
"""

from classwaves_admin.schools.plain_table.columns import Columns, Field, guess
from classwaves_admin.schools.plain_table.reader import Reading, read_table
from classwaves_admin.schools.plain_table.text import Preview, preview

__all__ = ["Columns", "Field", "Preview", "Reading", "guess", "preview", "read_table"]
