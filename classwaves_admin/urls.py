"""Every address of the portal. Routes declare who may open them (`accounts/routing.py`)."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from classwaves_admin.portal import views

urlpatterns = [
    path("", guarded(views.dashboard, Permission.SEE_DASHBOARD), name="dashboard"),
    path("healthz", open_to_all(views.healthz, why="load balancers ask whether the process lives"), name="healthz"),
    path("", include("classwaves_admin.accounts.urls")),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("", include("classwaves_admin.notifications.urls")))

handler400 = "classwaves_admin.portal.errors.bad_request"
handler403 = "classwaves_admin.portal.errors.permission_denied"
handler404 = "classwaves_admin.portal.errors.not_found"
handler500 = "classwaves_admin.portal.errors.server_error"
