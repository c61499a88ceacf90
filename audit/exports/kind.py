"""The kinds of file that an export is: rows alone, and with a printed report beside them."""

from __future__ import annotations

from audit.making import kinds

KIND, STEM = "export.log", "audit-log"
AUDITOR_PACK = "export.auditor_pack"


def register() -> None:
    """Register the kinds, when Django starts."""
    kinds.register(KIND, "audit.exports.maker.make_export", title="Rows of the audit log", stem=STEM, again=True)
    path = "audit.exports.auditor_pack.make_pack"
    kinds.register(AUDITOR_PACK, path, title="Auditor pack", stem="auditor-pack", again=True)
