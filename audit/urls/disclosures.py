"""Addresses of the record of disclosures."""

from __future__ import annotations

from django.urls import path

from audit.views import disclosures
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path(
        "disclosures/",
        guarded(disclosures.disclosure_list, Permission.DOWNLOAD_REPORTS, audits="audit.viewed"),
        name="disclosure-list",
    ),
    path(
        "disclosures/new/",
        guarded(disclosures.disclosure_new, Permission.MANAGE_CONSENT),
        name="disclosure-new",
    ),
    path(
        "disclosures/import/",
        guarded(disclosures.disclosure_import, Permission.MANAGE_CONSENT),
        name="disclosure-import",
    ),
    path(
        "disclosures/<str:disclosure_id>/correct/",
        guarded(disclosures.disclosure_correct, Permission.MANAGE_CONSENT, audits="audit.viewed"),
        name="disclosure-correct",
    ),
]
