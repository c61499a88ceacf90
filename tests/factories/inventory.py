"""Rows of the inventory for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from classwaves_admin.inventory.actions.surveys import survey_portion
from classwaves_admin.inventory.models import Subprocessor, Survey
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside


def subprocessor(**given: Any) -> Subprocessor:
    """Save a company that stores recordings since 2024."""
    usual: dict[str, Any] = {
        "name": "Nimbus Storage",
        "purpose": "Stores recordings until they are written down",
        "classes": ["voice", "student_pii"],
        "location": "United States (Oregon)",
        "since": date(2024, 7, 1),
        "agreement": "https://nimbus.example/dpa",
    }
    return Subprocessor.objects.create(**usual | given)


def survey() -> Survey:
    """Count all tables and compare them, as the worker does."""
    made = Survey.objects.create(asked_at=now())
    with inside(EVERYTHING):
        job = Job(kind="inventory.survey", subject_id=made.pk, actor_id="system:inventory", actor_type="system")
        while not survey_portion(job=job, now=now()).finished:
            pass
    made.refresh_from_db()
    return made
