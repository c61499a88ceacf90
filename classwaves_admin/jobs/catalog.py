"""Each job is a row of `operational.background_jobs` too, so that other services see what the portal does.

The row has the job's id. It holds codes, ids, counts and moments, and never what a job is about in words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from classwaves_admin.jobs.models import Job, State
from classwaves_admin.warehouse.models import BackgroundJob
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["STATUS", "add", "follow"]

# The words of the other services for the state of a job.
STATUS: Mapping[State, str] = {
    State.QUEUED: "pending",
    State.RUNNING: "running",
    State.DONE: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


def add(job: Job) -> None:
    """Write the row of a new job, in the caller's transaction."""
    asked = {"school_id": job.school_id or None, "subject_id": job.subject_id}
    gateway.insert(
        BackgroundJob(
            id=job.id,
            job_type=job.kind,
            status=STATUS[State.QUEUED],
            scheduled_at=job.created_at,
            parameters=json.dumps(asked, sort_keys=True),
            retry_count=0,
            created_at=job.created_at,
            updated_at=job.created_at,
        )
    )


def follow(job: Job, state: State, *, now: datetime, result: Mapping[str, Any] | None = None) -> None:
    """Bring the row of a job to its state, in the caller's transaction.

    `job` has its counts, tries and fault as they are now; `result` is what its kind tells of the work.
    """
    told = {"done": job.done, "total": job.total, **(result or {})}
    over = state not in {State.QUEUED, State.RUNNING}
    gateway.update(
        BackgroundJob,
        job.id,
        status=STATUS[state],
        started_at=job.started_at,
        completed_at=now if over else None,
        result=json.dumps(told, sort_keys=True),
        error_message=job.failure or None,
        retry_count=job.attempts,
        updated_at=now,
    )
