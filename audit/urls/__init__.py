"""Addresses of the audit log and of what is made from it, a file for each part.

`search` takes all that is left of audit/, so it comes last.
"""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("audit.urls.certificate")),
    path("", include("audit.urls.proof")),
    path("", include("audit.urls.disclosures")),
    path("", include("audit.urls.export")),
    path("", include("audit.urls.reports")),
    path("", include("audit.urls.student_copy")),
    path("", include("audit.urls.search")),
]
