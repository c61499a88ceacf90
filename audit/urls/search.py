"""Addresses of the audit log."""

from __future__ import annotations

from django.urls import path

from audit.urls import converters  # noqa: F401 - makes row_id known
from audit.views import accesses, over_time, row, saved, search, suggestions, unusual
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path("audit/", guarded(search.audit_list, Permission.SEE_AUDIT, audits="audit.viewed"), name="audit-list"),
    path(
        "audit/suggestions/",
        guarded(suggestions.suggestions, Permission.SEE_AUDIT, audits="student.searched"),
        name="audit-suggestions",
    ),
    path(
        "audit/over-time/",
        guarded(over_time.over_time, Permission.SEE_AUDIT, audits="audit.viewed"),
        name="audit-over-time",
    ),
    path("audit/unusual/", guarded(unusual.unusual_list, Permission.SEE_AUDIT), name="unusual-list"),
    path("audit/searches/", guarded(saved.saved_list, Permission.SEE_AUDIT), name="saved-searches"),
    path("audit/searches/save/", guarded(saved.search_save, Permission.SEE_AUDIT), name="search-save"),
    path(
        "audit/searches/<str:search_id>/rename/",
        guarded(saved.search_rename, Permission.SEE_AUDIT),
        name="search-rename",
    ),
    path(
        "audit/searches/<str:search_id>/delete/",
        guarded(saved.search_delete, Permission.SEE_AUDIT),
        name="search-delete",
    ),
    path(
        "students/<str:student_id>/accesses/",
        guarded(accesses.student_accesses, Permission.SEE_AUDIT, audits="audit.viewed"),
        name="student-accesses",
    ),
    path(
        "audit/as-json/<row_id:event_id>/",
        guarded(row.audit_row_json, Permission.DOWNLOAD_REPORTS, audits="export.created", fresh=True),
        name="audit-row-json",
    ),
    # Everything below audit/ that is not named above is a row: new addresses go above this one.
    path(
        "audit/<row_id:event_id>/",
        guarded(row.audit_row, Permission.SEE_AUDIT, audits="audit.viewed"),
        name="audit-row",
    ),
]
