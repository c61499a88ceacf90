"""Districts and schools."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from classwaves_admin.portal.views import districts

_SEE, _EDIT, _CLOSE = Permission.SEE_DISTRICTS, Permission.EDIT_DISTRICTS, Permission.CREATE_DISTRICTS
_DISTRICT = "districts/<str:district_id>/"

urlpatterns = [
    path("districts/", guarded(districts.district_list, _SEE), name="district-list"),
    path("districts/new/", guarded(districts.district_new, _CLOSE), name="district-new"),
    path(_DISTRICT, guarded(districts.district_detail, _SEE), name="district-detail"),
    path(f"{_DISTRICT}edit/", guarded(districts.district_edit, _EDIT), name="district-edit"),
    path(f"{_DISTRICT}active/", guarded(districts.district_active, _CLOSE), name="district-active"),
    path(f"{_DISTRICT}counts/", guarded(districts.district_counts, _EDIT), name="district-counts"),
]
