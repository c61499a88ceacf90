"""Addresses of the office's and the teachers' lists of students."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import asking, states, student_record, students

urlpatterns = [
    path(
        "students/",
        guarded(students.student_list, Permission.SEE_STUDENTS, audits="student.searched"),
        name="student-list",
    ),
    path("students/search/", guarded(students.student_search, Permission.SEE_STUDENTS), name="student-search"),
    path("students/ask/", guarded(asking.ask, Permission.ASK_CONSENT), name="student-ask"),
    path("students/fitting/", guarded(asking.number_fitting, Permission.ASK_CONSENT), name="student-fitting"),
    path(
        "students/<str:student_id>/",
        guarded(student_record.student_detail, Permission.SEE_STUDENTS, audits="student.viewed"),
        name="student-detail",
    ),
    path(
        "consent-states/",
        guarded(states.consent_states, Permission.SEE_CONSENT_STATE, audits="student.searched"),
        name="consent-states",
    ),
    path(
        "consent-states/search/",
        guarded(states.consent_states_search, Permission.SEE_CONSENT_STATE),
        name="consent-states-search",
    ),
]
