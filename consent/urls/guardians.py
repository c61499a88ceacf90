"""Addresses of a school's guardians: contacts, court orders, answers that staff record."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import View, guarded
from consent.views import guardians, orders, withdrawing


def _office(view: View) -> View:
    """Return a page of the office about one student, whose opening is logged."""
    return guarded(view, Permission.MANAGE_CONSENT, audits="student.viewed")


urlpatterns = [
    path("students/<str:student_id>/guardians/add/", _office(guardians.guardian_add), name="guardian-add"),
    path("guardians/<str:tie_id>/", _office(guardians.guardian_detail), name="guardian-detail"),
    path("guardians/<str:tie_id>/edit/", _office(guardians.guardian_edit), name="guardian-edit"),
    path("guardians/<str:tie_id>/end/", _office(guardians.guardian_end), name="guardian-end"),
    path("guardians/<str:tie_id>/withdraw/", _office(withdrawing.guardian_withdraw), name="guardian-withdraw"),
    path("guardians/<str:tie_id>/order/", _office(orders.order_record), name="order-record"),
    path("guardians/<str:tie_id>/order/lift/", _office(orders.order_lift), name="order-lift"),
]
