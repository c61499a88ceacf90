"""Addresses of people, their access, and support access."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from classwaves_admin.people.views import support

_SEE, _GRANT, _USE = Permission.SEE_SUPPORT, Permission.GRANT_SUPPORT, Permission.USE_SUPPORT

urlpatterns = [
    path("support/", guarded(support.support_list, _SEE), name="support-list"),
    path("support/new/", guarded(support.support_new, _GRANT, fresh=True), name="support-new"),
    path("support/ask/", guarded(support.support_ask, _USE), name="support-ask"),
    path("support/leave/", guarded(support.support_leave, _USE), name="support-leave"),
    path("support/<str:grant_id>/", guarded(support.support_detail, _SEE), name="support-detail"),
    path("support/<str:grant_id>/grant/", guarded(support.support_grant, _GRANT, fresh=True), name="support-grant"),
    path("support/<str:grant_id>/decline/", guarded(support.support_decline, _GRANT), name="support-decline"),
    path("support/<str:grant_id>/end/", guarded(support.support_end, _GRANT), name="support-end"),
    path("support/<str:grant_id>/enter/", guarded(support.support_enter, _USE, fresh=True), name="support-enter"),
]
