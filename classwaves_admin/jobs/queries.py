"""Jobs as pages show them. No warehouse query."""

from __future__ import annotations

from collections.abc import Collection

from classwaves_admin.jobs.models import Job


def job_of(kind: str, subject_id: str) -> Job | None:
    """Return the newest job of a kind about this record, or None."""
    return Job.objects.filter(kind=kind, subject_id=subject_id).order_by("-created_at", "-id").first()


def newest_jobs(kind: str, subject_ids: Collection[str]) -> dict[str, Job]:
    """Return the newest job of a kind about each of these records, by the record's id."""
    jobs = Job.objects.filter(kind=kind, subject_id__in=subject_ids).order_by("created_at", "id")
    return {job.subject_id: job for job in jobs}
