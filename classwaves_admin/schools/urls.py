"""Addresses of schools and districts: their settings."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from classwaves_admin.schools import look
from classwaves_admin.schools.settings import district_views, logo, views

_SEE, _CHANGE, _DECIDE = Permission.SEE_SETTINGS, Permission.MANAGE_SETTINGS, Permission.MANAGE_DISTRICT
_LOOK = "colour and logo stand on the pages of guardians, who have no account"
_SCHOOL = "schools/<str:school_id>/settings/"
_DISTRICT = "districts/<str:district_id>/settings/"

urlpatterns = [
    path(_SCHOOL, guarded(views.school_settings, _SEE), name="school-settings"),
    path(f"{_SCHOOL}history/", guarded(views.school_settings_history, _SEE), name="school-settings-history"),
    path(f"{_SCHOOL}logo/", guarded(logo.school_logo, _CHANGE), name="school-logo"),
    path("look/<str:colour>.css", open_to_all(look.look_css, why=_LOOK), name="look-css"),
    path("look/<str:school_id>/<str:digest>.png", open_to_all(look.logo_png, why=_LOOK), name="look-logo"),
    path(f"{_SCHOOL}<str:group>/edit/", guarded(views.school_settings_edit, _CHANGE), name="school-settings-edit"),
    path(_DISTRICT, guarded(district_views.district_settings, _SEE), name="district-settings"),
    path(
        f"{_DISTRICT}history/",
        guarded(district_views.district_settings_history, _SEE),
        name="district-settings-history",
    ),
    path(
        f"{_DISTRICT}<str:key>/edit/",
        guarded(district_views.district_settings_edit, _DECIDE),
        name="district-settings-edit",
    ),
]
