"""The fate of audit's models, and of texts in the log itself, when one child's data are deleted."""

from __future__ import annotations

from retention.places import Place

__all__ = ["PLACES"]

_HASHES = "Hashes, signatures and ids of rows: they name nobody."

PLACES = (
    Place("audit.Making", words="Files made for staff", does="audit.forgetting.made_files"),
    Place("audit.MadeFile", keeps="Size, hash and times: its file goes with the making."),
    Place("audit.SavedSearch", words="Kept searches", does="audit.forgetting.kept_searches"),
    Place("warehouse.AuditLog", words="Names in texts of the audit log", does="audit.forgetting.log_texts"),
    Place("audit.UnusualDay", keeps="About staff: ids, days and numbers of looks."),
    *(Place(f"audit.{model}", keeps=_HASHES) for model in ("Chain", "Seal", "SealedRow", "ErasedRow", "Verification")),
)
