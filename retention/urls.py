"""Addresses of retention."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from retention.views import changes, policies

_SEE, _CHANGE = Permission.SEE_RETENTION, Permission.MANAGE_RETENTION
_POLICY = "retention/schools/<str:school_id>/<str:policy_type>/"

urlpatterns = [
    path("retention/", guarded(policies.policy_list, _SEE), name="policy-list"),
    path("retention/schools/<str:school_id>/", guarded(policies.policy_school, _SEE), name="policy-school"),
    path(_POLICY, guarded(policies.policy_history, _SEE), name="policy-history"),
    path(f"{_POLICY}edit/", guarded(policies.policy_edit, _CHANGE), name="policy-edit"),
    path("retention/changes/<str:change_id>/", guarded(changes.policy_change, _SEE), name="policy-change"),
    path(
        "retention/changes/<str:change_id>/make/",
        guarded(changes.policy_change_make, _CHANGE),
        name="policy-change-make",
    ),
    path(
        "retention/changes/<str:change_id>/drop/",
        guarded(changes.policy_change_drop, _CHANGE),
        name="policy-change-drop",
    ),
]
