"""Addresses of retention."""

from __future__ import annotations

import re

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from retention.rules.opening import event_of
from retention.schedule import SCHEDULE
from retention.views import (
    archive,
    certificates,
    changes,
    deletions,
    held,
    held_rows,
    held_sessions,
    held_sound,
    holds,
    policies,
    published,
    requests,
    runs,
    standard_changes,
    standards,
)


class ResultTable(StringConverter):
    """A table of what software worked out: its rows leave an event of their own when they are opened."""

    regex = "|".join(re.escape(rule.name) for rule in SCHEDULE if event_of(rule) == "analysis.viewed")


register_converter(ResultTable, "result_table")
_SEE, _CHANGE, _DECIDE = Permission.SEE_RETENTION, Permission.MANAGE_RETENTION, Permission.MANAGE_DISTRICT
_SEE_RUNS, _DECIDE_RUNS = Permission.SEE_RUNS, Permission.DECIDE_RUNS
_OPEN = Permission.OPEN_HELD
_SEE_REQUESTS, _ANSWER, _DELETE = Permission.SEE_REQUESTS, Permission.ANSWER_REQUESTS, Permission.DELETE_CHILD
_HOLDS = Permission.MANAGE_HOLDS
_PUBLIC = "16 CFR 312.10: the written retention policy is public"
_HELD = "students/<str:student_id>/held/"
_HOLD = "holds/<str:hold_id>/"
_REQUEST = "requests/<str:request_id>/"
_CERTIFICATE = "retention/certificates/<str:certificate_id>/"
_RUN = "retention/runs/<str:run_id>/"
_DISTRICT = "retention/districts/<str:district_id>/"
_STANDARD = "retention/districts/changes/<str:standard_change_id>/"
_POLICY = "retention/schools/<str:school_id>/<str:policy_type>/"

urlpatterns = [
    path("retention/", guarded(policies.policy_list, _SEE), name="policy-list"),
    path("retention/schools/<str:school_id>/", guarded(policies.policy_school, _SEE), name="policy-school"),
    path(_POLICY, guarded(policies.policy_history, _SEE), name="policy-history"),
    path(f"{_POLICY}edit/", guarded(policies.policy_edit, _CHANGE), name="policy-edit"),
    path("retention/changes/<str:change_id>/", guarded(changes.policy_change, _SEE), name="policy-change"),
    path(
        "retention/changes/<str:change_id>/make/",
        guarded(changes.policy_change_make, _CHANGE, fresh=True),
        name="policy-change-make",
    ),
    path(
        "retention/changes/<str:change_id>/drop/",
        guarded(changes.policy_change_drop, _CHANGE),
        name="policy-change-drop",
    ),
    path("retention/districts/", guarded(standards.standard_list, _SEE), name="standard-list"),
    path(_STANDARD, guarded(standard_changes.standard_change, _SEE), name="standard-change"),
    path(
        f"{_STANDARD}make/",
        guarded(standard_changes.standard_change_make, _DECIDE, fresh=True),
        name="standard-change-make",
    ),
    path(f"{_STANDARD}drop/", guarded(standard_changes.standard_change_drop, _DECIDE), name="standard-change-drop"),
    path(_DISTRICT, guarded(standards.standard_detail, _SEE), name="standard-detail"),
    path(f"{_DISTRICT}history/", guarded(standards.standard_history, _SEE), name="standard-history"),
    path(f"{_DISTRICT}<str:policy_type>/edit/", guarded(standards.standard_edit, _DECIDE), name="standard-edit"),
    path("retention/archive/", guarded(archive.archive_list, _SEE), name="archive-list"),
    path("retention/archive/<str:file_id>/", guarded(archive.archive_detail, _SEE), name="archive-file"),
    path("retention/runs/", guarded(runs.run_list, _SEE_RUNS), name="run-list"),
    path("retention/runs/new/", guarded(runs.run_new, _DECIDE_RUNS), name="run-new"),
    path(_RUN, guarded(runs.run_detail, _SEE_RUNS), name="run-detail"),
    path(f"{_RUN}left/", guarded(runs.run_leftovers, _SEE_RUNS), name="run-leftovers"),
    path(f"{_RUN}approve/", guarded(runs.run_approve, _DECIDE_RUNS, fresh=True), name="run-approve"),
    path(f"{_RUN}pause/", guarded(runs.run_pause, _DECIDE_RUNS), name="run-pause"),
    path(f"{_RUN}resume/", guarded(runs.run_resume, _DECIDE_RUNS), name="run-resume"),
    path(f"{_RUN}drop/", guarded(runs.run_drop, _DECIDE_RUNS), name="run-drop"),
    path("retention/certificates/", guarded(certificates.certificate_list, _SEE), name="certificate-list"),
    path(_CERTIFICATE, guarded(certificates.certificate_detail, _SEE), name="certificate-detail"),
    path(
        f"{_CERTIFICATE}certificate.pdf",
        guarded(certificates.certificate_pdf, _SEE, audits="report.downloaded", fresh=True),
        name="certificate-pdf",
    ),
    path(
        f"{_CERTIFICATE}certificate.json",
        guarded(certificates.certificate_json, _SEE, audits="report.downloaded", fresh=True),
        name="certificate-json",
    ),
    path(f"{_CERTIFICATE}again/", guarded(certificates.certificate_again, _CHANGE), name="certificate-again"),
    path(
        "sessions/<str:session_id>/held/",
        guarded(held_sessions.held_of_session, _OPEN, audits="student.searched"),
        name="session-held",
    ),
    path(_HELD, guarded(held.student_held, Permission.SEE_STUDENTS, audits="student.viewed"), name="student-held"),
    path(f"{_HELD}<str:table>/", guarded(held_rows.held_rows, _OPEN, audits="student.viewed"), name="held-rows"),
    path(
        f"{_HELD}sessions.transcriptions/<path:turn_id>/",
        guarded(held_rows.held_transcript, _OPEN, audits="transcript.viewed"),
        name="held-turn",
    ),
    path(
        f"{_HELD}audio.recordings/<path:recording_id>/sound",
        guarded(held_sound.held_sound, _OPEN, audits="audio.played"),
        name="held-sound",
    ),
    path(
        f"{_HELD}audio.recordings/<path:recording_id>/",
        guarded(held_sound.held_recording, _OPEN, audits="student.viewed"),
        name="held-recording",
    ),
    path(
        f"{_HELD}<result_table:result_table>/<path:result_id>/",
        guarded(held_rows.held_result, _OPEN, audits="analysis.viewed"),
        name="held-result",
    ),
    path(
        f"{_HELD}<str:table>/<path:row_id>/",
        guarded(held_rows.held_row, _OPEN, audits="student.viewed"),
        name="held-row",
    ),
    path("policy/<str:school_id>/", open_to_all(published.policy_public, why=_PUBLIC), name="policy-public"),
    path(
        "policy/<str:school_id>/policy.pdf",
        open_to_all(published.policy_public_pdf, why=_PUBLIC),
        name="policy-public-pdf",
    ),
    path("holds/", guarded(holds.hold_list, _SEE_REQUESTS, audits="student.searched"), name="hold-list"),
    path("holds/new/", guarded(holds.hold_new, _HOLDS), name="hold-new"),
    path(
        "holds/new/<str:student_id>/",
        guarded(holds.hold_student, _HOLDS, audits="student.viewed"),
        name="hold-student",
    ),
    path(_HOLD, guarded(holds.hold_detail, _SEE_REQUESTS, audits="student.searched"), name="hold-detail"),
    path(f"{_HOLD}ask/", guarded(holds.hold_ask, _HOLDS), name="hold-ask"),
    path(f"{_HOLD}keep/", guarded(holds.hold_keep, _HOLDS), name="hold-keep"),
    path(f"{_HOLD}release/", guarded(holds.hold_release, _HOLDS, fresh=True), name="hold-release"),
    path("requests/", guarded(requests.request_list, _SEE_REQUESTS, audits="student.searched"), name="request-list"),
    path(
        "requests/new/<str:student_id>/",
        guarded(requests.request_new, _ANSWER, audits="student.viewed"),
        name="request-new",
    ),
    path(_REQUEST, guarded(requests.request_detail, _SEE_REQUESTS, audits="student.searched"), name="request-detail"),
    path(f"{_REQUEST}close/", guarded(requests.request_close, _ANSWER), name="request-close"),
    path(
        f"{_REQUEST}deletion/",
        guarded(deletions.request_deletion, _SEE_REQUESTS, audits="student.searched"),
        name="request-deletion",
    ),
    path(
        f"{_REQUEST}deletion/count/",
        guarded(deletions.request_deletion_count, _DELETE),
        name="request-deletion-count",
    ),
    path(
        f"{_REQUEST}deletion/approve/",
        guarded(deletions.request_deletion_approve, _DELETE, fresh=True),
        name="request-deletion-approve",
    ),
    path(
        f"{_REQUEST}deletion/resume/",
        guarded(deletions.request_deletion_resume, _DELETE),
        name="request-deletion-resume",
    ),
    path(
        f"{_REQUEST}deletion/drop/",
        guarded(deletions.request_deletion_drop, _DELETE),
        name="request-deletion-drop",
    ),
]
