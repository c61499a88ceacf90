"""Addresses of what the school authorizes on parents' behalf."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import authorizing

urlpatterns = [
    path(
        "authorizations/",
        guarded(authorizing.authorization_list, Permission.MANAGE_CONSENT),
        name="authorization-list",
    ),
    path(
        "authorizations/new/",
        guarded(authorizing.authorization_new, Permission.MANAGE_CONSENT),
        name="authorization-new",
    ),
    path(
        "authorizations/<str:authorization_id>/",
        guarded(authorizing.authorization_detail, Permission.MANAGE_CONSENT, audits="student.searched"),
        name="authorization-detail",
    ),
    path(
        "authorizations/<str:authorization_id>/revoke/",
        guarded(authorizing.authorization_revoke, Permission.MANAGE_CONSENT),
        name="authorization-revoke",
    ),
]
