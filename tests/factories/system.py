"""Rows of the machine room, for tests: jobs, events, requests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib import clock
from classwaves_admin.warehouse.models import ApiMetric, BackgroundJob, School, SystemEvent
from tests.factories.catalog import saved


def job(school: School | None = None, **given: Any) -> Job:
    """Save a job of the portal that is done, of a school or of none."""
    defaults = {
        "kind": "consent.ask",
        "subject_id": "campaign-1",
        "school_id": school.pk if school else "",
        "actor_id": "teacher-1",
        "actor_type": "admin",
        "state": State.DONE,
        "done": 3,
        "total": 3,
        "finished_at": clock.now(),
    }
    return Job.objects.create(**(defaults | given))


def background_job(**given: Any) -> BackgroundJob:
    """Save a job of another service."""
    defaults = {
        "job_type": "transcribe",
        "status": "completed",
        "scheduled_at": clock.now(),
        "retry_count": 0,
    }
    return saved(BackgroundJob, defaults, given)


def event(school: School | None = None, **given: Any) -> SystemEvent:
    """Save a system event of a school or of none."""
    defaults = {
        "event_type": "worker.started",
        "severity": "info",
        "component": "worker",
        "message": "The worker started.",
        "school_id": school.pk if school else None,
    }
    return saved(SystemEvent, defaults, given)


def metric(school: School | None = None, **given: Any) -> ApiMetric:
    """Save a request that was sampled."""
    defaults = {
        "endpoint": "student-list",
        "method": "GET",
        "response_time_ms": 40,
        "status_code": 200,
        "school_id": school.pk if school else None,
        "timestamp": clock.now(),
    }
    return saved(ApiMetric, defaults, given)
