"""Every address of the portal. Routes declare who may open them (`accounts/routing.py`)."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("classwaves_admin.portal.urls")),
    path("", include("classwaves_admin.portal.school_urls")),
    path("", include("classwaves_admin.accounts.urls")),
    path("", include("classwaves_admin.people.urls")),
    path("", include("classwaves_admin.schools.urls")),
    path("", include("consent.urls")),
    path("", include("retention.urls")),
    path("", include("audit.urls")),
    path("", include("classwaves_admin.inventory.urls")),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("", include("classwaves_admin.notifications.urls")))

handler400 = "classwaves_admin.portal.errors.bad_request"
handler403 = "classwaves_admin.portal.errors.permission_denied"
handler404 = "classwaves_admin.portal.errors.not_found"
handler500 = "classwaves_admin.portal.errors.server_error"
