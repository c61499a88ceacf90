"""Addresses of reports, and of all files that are made in the background."""

from __future__ import annotations

from django.urls import path

from audit.reports.registry import OFFERS
from audit.views import made, pack, reports
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path("reports/", guarded(reports.report_list, Permission.DOWNLOAD_REPORTS), name="report-list"),
    *(
        path(
            f"reports/new/{offer.slug}/",
            guarded(reports.report_new, Permission.DOWNLOAD_REPORTS, audits="student.searched", fresh=True),
            {"report": offer.slug},
            name=offer.url_name,
        )
        for offer in OFFERS
    ),
    path(
        "reports/new/auditor-pack/",
        guarded(pack.pack_new, Permission.DOWNLOAD_REPORTS, fresh=True),
        name="report-auditor-pack",
    ),
    path("reports/files/<str:making_id>/", guarded(made.made_file, Permission.DOWNLOAD_REPORTS), name="made-file"),
    path(
        "reports/files/<str:making_id>/again/",
        guarded(made.made_again, Permission.DOWNLOAD_REPORTS, fresh=True),
        name="made-again",
    ),
    path(
        "reports/files/<str:making_id>/delete/",
        guarded(made.made_deleted, Permission.DOWNLOAD_REPORTS, audits="export.deleted", fresh=True),
        name="made-delete",
    ),
    path(
        "reports/files/<str:making_id>/first-page/",
        guarded(made.picture, Permission.DOWNLOAD_REPORTS, audits="report.viewed"),
        name="made-picture",
    ),
    path(
        "reports/files/<str:making_id>/<str:file_format>/",
        guarded(made.download, Permission.DOWNLOAD_REPORTS, audits="report.downloaded", fresh=True),
        name="made-download",
    ),
]
