"""Addresses of the register of ages."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import ages

urlpatterns = [
    path("coppa/", guarded(ages.age_list, Permission.MANAGE_AGES, audits="student.searched"), name="age-list"),
    path("coppa/search/", guarded(ages.age_search, Permission.MANAGE_AGES), name="age-search"),
    path(
        "coppa/csv/",
        guarded(ages.age_csv, Permission.MANAGE_AGES, audits="export.created", fresh=True),
        name="age-csv",
    ),
    path("coppa/numbers/", guarded(ages.age_counts, Permission.MANAGE_AGES), name="age-counts"),
    path(
        "coppa/<str:student_id>/",
        guarded(ages.age_detail, Permission.MANAGE_AGES, audits="student.viewed"),
        name="age-detail",
    ),
    path(
        "coppa/<str:student_id>/edit/",
        guarded(ages.age_edit, Permission.MANAGE_AGES, audits="student.viewed"),
        name="age-edit",
    ),
]
