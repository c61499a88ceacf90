"""Django's admin of the audit log, as a project would write it: what the portal's own search is measured against."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import include, path

from classwaves_admin.warehouse.models import AuditLog


class LogAdmin(admin.ModelAdmin[AuditLog]):
    """Columns, filters, period and search as the portal's list offers them."""

    list_display = ("event_timestamp", "event_type", "actor_id", "school_id", "description", "affected_student_ids")
    list_filter = ("event_type", "event_category", "compliance_basis")
    date_hierarchy = "event_timestamp"
    search_fields: ClassVar = ("description", "affected_student_ids")
    ordering = ("-event_timestamp", "-id")
    list_per_page = 50
    list_max_show_all = 50

    def has_view_permission(self, request: HttpRequest, obj: AuditLog | None = None) -> bool:
        """Let the bench's person look."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let nobody write."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditLog | None = None) -> bool:
        """Let nobody write."""
        return False

    has_delete_permission = has_change_permission

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Let the bench's person in."""
        return True


site = admin.AdminSite()
site.register(AuditLog, LogAdmin)
site.has_permission = lambda request: True  # type: ignore[method-assign]
urlpatterns = [path("bench-admin/", site.urls), path("", include("classwaves_admin.urls"))]
