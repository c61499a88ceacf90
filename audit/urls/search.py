"""Addresses of the audit log."""

from __future__ import annotations

from django.urls import path, register_converter

from audit.views import export, search
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded


class RowIdConverter:
    """Any text: other services choose the ids of their rows, slashes and line breaks included."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return the id as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id as it is; Django quotes it."""
        return value


register_converter(RowIdConverter, "row_id")

urlpatterns = [
    path("audit/", guarded(search.audit_list, Permission.SEE_AUDIT, audits="audit.viewed"), name="audit-list"),
    path(
        "audit/rows.csv",
        guarded(export.audit_csv, Permission.DOWNLOAD_REPORTS, audits="export.created"),
        name="audit-csv",
    ),
    path(
        "audit/<row_id:event_id>/",
        guarded(search.audit_row, Permission.SEE_AUDIT, audits="audit.viewed"),
        name="audit-row",
    ),
]
