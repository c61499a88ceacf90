"""The kind of file that an export is."""

from __future__ import annotations

from audit.making import kinds

KIND, STEM = "export.log", "audit-log"


def register() -> None:
    """Register the kind, when Django starts."""
    kinds.register(KIND, "audit.exports.maker.make_export", title="Rows of the audit log", stem=STEM, again=True)
