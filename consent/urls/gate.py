"""Addresses of the recording gate: its page, its keys, its interface for other programs."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import sessions

urlpatterns = [
    path(
        "sessions/",
        guarded(sessions.session_list, Permission.SEE_CONSENT_STATE, audits="student.searched"),
        name="session-list",
    ),
    path(
        "sessions/<str:session_id>/recording-gate/",
        guarded(sessions.recording_gate, Permission.SEE_CONSENT_STATE, audits="student.searched"),
        name="session-gate",
    ),
]
