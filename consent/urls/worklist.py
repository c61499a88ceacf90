"""Addresses of what needs a person."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import settling, worklist

urlpatterns = [
    path(
        "worklist/", guarded(worklist.worklist, Permission.MANAGE_CONSENT, audits="student.searched"), name="worklist"
    ),
    path("worklist/flags/", guarded(worklist.set_flags_right, Permission.MANAGE_CONSENT), name="worklist-flags"),
    path(
        "worklist/disagreement/<str:student_id>/",
        guarded(settling.disagreement, Permission.MANAGE_CONSENT, audits="student.viewed"),
        name="disagreement",
    ),
    path(
        "worklist/recorded/<str:student_id>/",
        guarded(settling.recorded, Permission.MANAGE_CONSENT, audits="student.viewed"),
        name="recorded-without-consent",
    ),
]
