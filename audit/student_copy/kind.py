"""The kind of file that a student's copy is. It stays its maker's: it holds a child's words."""

from __future__ import annotations

from audit.making import kinds

STUDENT_COPY, STEM = "report.student_copy", "student-copy"
# The parameter that names the request that it answers.
REQUEST = "request"


def register() -> None:
    """Register the kind, when Django starts."""
    path = "audit.student_copy.maker.make_copy"
    kinds.register(STUDENT_COPY, path, title="Copy of what is held of a student", stem=STEM, private=True)
