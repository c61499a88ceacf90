"""Certifies what a run destroyed, as soon as it has ended."""

from __future__ import annotations

from datetime import datetime

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.warehouse.physical import steps
from retention.models import Certificate, Run, RunKind, RunState
from retention.queries.certificates import content_of, tables_touched

__all__ = ["DATABASES", "certify", "note_taken"]

# Every change of a row travels through the portal's own database too.
DATABASES = ("warehouse", "default")


def certify(run: Run, *, now: datetime) -> Certificate | None:
    """Certify a run that has ended, in the caller's transaction; None where nothing went.

    That of a child which came to its end is certified in any case: somebody asked for it.
    A second call returns the first certificate.
    """
    if known := Certificate.objects.filter(run=run).first():
        return known
    content = content_of(run)
    if not tables_touched(content) and not (run.kind == RunKind.CHILD and run.state == RunState.DONE):
        return None
    return Certificate.objects.create(
        run=run,
        school_id=run.school_id,
        content=content,
        sha256=sha256_hex(canonical_json(content)),
        made_at=now,
        due_at=max(steps.due(alias, now) for alias in DATABASES),
        next_at=now,
    )


def note_taken(*, certificate: Certificate, file_format: str, by: Actor, now: datetime) -> None:
    """Note in the log that somebody took a certificate away, in the caller's transaction."""
    student = certificate.content["direction"]["student"]
    record(
        "report.downloaded",
        by=by,
        school_id=certificate.school_id,
        resource=("certificate", certificate.id),
        students=[student] if student else [],
        data={"report": "disposition_certificate", "format": file_format, "sha256": certificate.sha256},
        at=now,
    )
