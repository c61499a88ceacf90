"""Addresses of a school's guardians: contacts, court orders, answers that staff record."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import View, guarded
from consent.views import guardians, orders, paper, recording, unmatched, withdrawing


def _office(view: View) -> View:
    """Return a page of the office about one student, whose opening is logged."""
    return guarded(view, Permission.MANAGE_CONSENT, audits="student.viewed")


def _printing(view: View) -> View:
    """Return a page whose file names students and holds codes."""
    return guarded(view, Permission.MANAGE_CONSENT, audits="report.generated", fresh=True)


urlpatterns = [
    path("students/<str:student_id>/guardians/add/", _office(guardians.guardian_add), name="guardian-add"),
    path("guardians/<str:tie_id>/", _office(guardians.guardian_detail), name="guardian-detail"),
    path("guardians/<str:tie_id>/edit/", _office(guardians.guardian_edit), name="guardian-edit"),
    path("guardians/<str:tie_id>/end/", _office(guardians.guardian_end), name="guardian-end"),
    path("guardians/<str:tie_id>/withdraw/", _office(withdrawing.guardian_withdraw), name="guardian-withdraw"),
    path("guardians/<str:tie_id>/answer/", _office(recording.answer_record), name="answer-record"),
    path("guardians/<str:tie_id>/verify/", _office(recording.answers_verify), name="answers-verify"),
    path("guardians/<str:tie_id>/paper.pdf", _printing(paper.paper_for_guardian), name="paper-guardian"),
    path("students/<str:student_id>/paper.pdf", _printing(paper.paper_for_student), name="paper-student"),
    path("paper/", guarded(paper.paper_enter, Permission.MANAGE_CONSENT), name="paper-enter"),
    path("paper/print/", guarded(paper.paper_print, Permission.MANAGE_CONSENT, fresh=True), name="paper-print"),
    path(
        "paper/<str:form_id>/",
        guarded(paper.paper_answer, Permission.MANAGE_CONSENT, audits="student.searched"),
        name="paper-answer",
    ),
    path(
        "unmatched/",
        guarded(unmatched.unmatched_list, Permission.MANAGE_CONSENT, audits="student.searched"),
        name="unmatched-list",
    ),
    path("unmatched/<str:consent_id>/", _office(unmatched.unmatched_settle), name="unmatched"),
    path("evidence/<str:evidence_id>/scan/", _office(recording.evidence_scan), name="evidence-scan"),
    path("guardians/<str:tie_id>/order/", _office(orders.order_record), name="order-record"),
    path("guardians/<str:tie_id>/order/lift/", _office(orders.order_lift), name="order-lift"),
]
