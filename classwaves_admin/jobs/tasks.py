"""The worker's part: works on one job, or on all that are due."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.jobs import running
from classwaves_admin.jobs.actions import forget_old, hand_on
from classwaves_admin.lib import clock
from classwaves_admin.tenancy.scope import system_scope


@shared_task(name="jobs.run")
def run(*, job_id: str) -> None:
    """Work on one job for a while and hand it on; a second call while another works on it does nothing."""
    if running.run(job_id):
        hand_on(job_id)


@shared_task(name="jobs.resume")
def resume() -> None:
    """Find what is due: later tries, jobs of a worker that died, jobs that the broker never heard of."""
    with system_scope(reason="jobs of every school"):
        ids = list(running.due(clock.now()).order_by("next_attempt_at", "id").values_list("pk", flat=True)[:50])
    for job_id in ids:
        hand_on(job_id)


@shared_task(name="jobs.forget_old")
def forget() -> None:
    """Delete the portal's rows of jobs that ended long ago; the catalog's follow the policy for operations."""
    with system_scope(reason="jobs of every school"):
        forget_old(now=clock.now())
