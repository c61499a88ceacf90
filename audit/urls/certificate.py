"""Addresses of the consent certificate of one student."""

from __future__ import annotations

from django.urls import path

from audit.views import certificate
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path(
        "students/<str:student_id>/certificate.pdf",
        guarded(certificate.certificate_pdf, Permission.DOWNLOAD_REPORTS, audits="report.generated", fresh=True),
        name="consent-certificate",
    ),
    path(
        "students/<str:student_id>/certificate.csv",
        guarded(certificate.certificate_csv, Permission.DOWNLOAD_REPORTS, audits="report.generated", fresh=True),
        name="consent-certificate-csv",
    ),
]
