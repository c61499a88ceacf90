"""Addresses of the notices to parents and their versions."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import notice_editing, notice_history, notices

_WRITE = Permission.EDIT_NOTICES
_NOTICE = "notices/<str:school_id>/<str:consent_type>/<str:language>/"

urlpatterns = [
    path("notices/", guarded(notices.notice_list, _WRITE), name="notice-list"),
    path("notices/<str:school_id>/", guarded(notices.notice_school, _WRITE), name="notice-school"),
    path(_NOTICE, guarded(notice_editing.notice_edit, _WRITE), name="notice-edit"),
    path(f"{_NOTICE}preview/", guarded(notice_editing.notice_preview, _WRITE), name="notice-preview"),
    path(f"{_NOTICE}activate/", guarded(notice_editing.notice_activate, _WRITE), name="notice-activate"),
    path(f"{_NOTICE}discard/", guarded(notice_editing.notice_discard, _WRITE), name="notice-discard"),
    path(f"{_NOTICE}history/", guarded(notice_history.notice_history, _WRITE), name="notice-history"),
    path(f"{_NOTICE}history/<str:version_id>/", guarded(notice_history.notice_version, _WRITE), name="notice-version"),
    path(f"{_NOTICE}again/", guarded(notice_history.notice_again, _WRITE), name="notice-again"),
]
