"""The address at which rows of the log are taken away."""

from __future__ import annotations

from django.urls import path

from audit.views import export
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path(
        "audit/take-away/",
        guarded(export.take_away, Permission.DOWNLOAD_REPORTS, audits="export.created", fresh=True),
        name="audit-take-away",
    ),
]
