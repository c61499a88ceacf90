"""Addresses of the copy of what is held of a student."""

from __future__ import annotations

from django.urls import path

from audit.views import student_copy
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path(
        "requests/<str:request_id>/copy/",
        guarded(student_copy.request_copy, Permission.OPEN_HELD, audits="student.searched"),
        name="request-copy",
    ),
    path(
        "requests/<str:request_id>/copy/handed-over/",
        guarded(student_copy.request_copy_handed, Permission.OPEN_HELD),
        name="request-copy-handed",
    ),
]
