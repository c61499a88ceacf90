"""Jobs as pages show them. No warehouse query."""

from __future__ import annotations

from classwaves_admin.jobs.models import Job


def job_of(kind: str, subject_id: str) -> Job | None:
    """Return the newest job of a kind about this record, or None."""
    return Job.objects.filter(kind=kind, subject_id=subject_id).order_by("-created_at", "-id").first()
