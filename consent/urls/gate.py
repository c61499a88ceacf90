"""Addresses of the recording gate: its page, its keys, its interface for other programs."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, keyed, open_to_all
from consent.api import operations
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
    path(
        "api/v1/sessions/<str:session_id>/recording-gate",
        keyed(operations.operation("session-gate"), KeyScope.RECORDING_GATE, audits="student.searched"),
        name="api-session-gate",
    ),
    path(
        "api/v1/students/<str:student_id>/consent",
        keyed(operations.operation("student-consent"), KeyScope.STUDENT_CONSENT, audits="student.viewed"),
        name="api-student-consent",
    ),
    path(
        "api/v1/openapi.json",
        open_to_all(operations.openapi, why="it describes the interface and holds no data"),
        name="api-openapi",
    ),
    path(
        "api/v1/<path:rest>",
        open_to_all(operations.unknown, why="it says to a program that there is nothing, in its own language"),
        name="api-unknown",
    ),
]
