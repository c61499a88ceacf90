"""Each run is a row of `operational.background_jobs` too, so that other services see what the portal does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from classwaves_admin.warehouse.models import BackgroundJob
from classwaves_admin.warehouse.outbox import gateway
from retention.models import Run, RunState

__all__ = ["add", "note"]

JOB_TYPE = "retention_run"
# The words of the other services for the state of a job.
_STATUS: Mapping[str, str] = {
    RunState.COUNTING: "pending",
    RunState.READY: "pending",
    RunState.RUNNING: "running",
    RunState.PAUSED: "paused",
    RunState.DONE: "completed",
    RunState.ABORTED: "failed",
    RunState.DROPPED: "cancelled",
}


def add(run: Run, *, now: datetime) -> None:
    """Write the row of a new run, in the caller's transaction: codes and moments, no contents."""
    asked = {"run": run.id, "school_id": run.school_id, "kind": run.kind, "policy_type": run.policy_type}
    gateway.insert(
        BackgroundJob(
            id=run.background_job_id,
            job_type=JOB_TYPE,
            status=_STATUS[run.state],
            scheduled_at=now,
            parameters=json.dumps(asked, sort_keys=True),
            retry_count=0,
            created_at=now,
            updated_at=now,
        )
    )


def note(run: Run, *, now: datetime) -> None:
    """Note where a run stands, in the caller's transaction."""
    segments = run.segments.values_list("table", "removed")
    removed: dict[str, int] = {}
    for table, rows in segments:
        removed[table] = removed.get(table, 0) + rows
    gateway.update(
        BackgroundJob,
        run.background_job_id,
        status=_STATUS[run.state],
        started_at=run.approved_at,
        completed_at=run.finished_at,
        result=json.dumps({"removed": removed, "stop": run.stop}, sort_keys=True),
        error_message=run.stop.get("code"),
        updated_at=now,
    )
