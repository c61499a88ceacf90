"""Addresses of roster imports."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import roster_files, rosters

P = Permission.IMPORT_ROSTERS

urlpatterns = [
    path("roster/", guarded(rosters.roster_list, P), name="roster-list"),
    # The view checks the token itself, once the bound on the size is there.
    path("roster/upload/", csrf_exempt(guarded(roster_files.upload, P)), name="roster-upload"),
    path("roster/<str:import_id>/", guarded(rosters.roster_import, P), name="roster-import"),
    path(
        "roster/<str:import_id>/columns/",
        guarded(roster_files.columns, P, audits="student.searched"),
        name="roster-columns",
    ),
    path(
        "roster/<str:import_id>/changes/<str:school_id>/",
        guarded(rosters.roster_changes, P, audits="student.searched"),
        name="roster-changes",
    ),
    path("roster/<str:import_id>/apply/", guarded(rosters.roster_apply, P), name="roster-apply"),
    path("roster/<str:import_id>/go-on/", guarded(rosters.roster_go_on, P), name="roster-go-on"),
    path("roster/<str:import_id>/drop/", guarded(rosters.roster_drop, P), name="roster-drop"),
    path("roster/<str:import_id>/undo/", guarded(rosters.roster_undo, P), name="roster-undo"),
]
