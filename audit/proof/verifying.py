"""A verification that a person asked for, as a job: audit.verify goes through the days of one school."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from audit.models import Chain, Verification
from audit.proof.chains import check_chain
from audit.proof.checking import check_day, days_to_check
from audit.proof.jobs import VERIFY
from audit.proof.keys import public_keys
from audit.proof.verifier import Finding
from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor

__all__ = ["start_verification", "verify_portion"]

# Seconds of one portion: the lease of a job is a minute.
PORTION = 1.5


def start_verification(*, school_id: str, by: Actor, now: datetime) -> Verification:
    """Start to verify the whole log of a school; return the verification that runs already, if one does."""
    with transaction.atomic():
        last = Verification.objects.filter(school_id=school_id).order_by("-created_at").first()
        job = job_of(VERIFY, last.pk) if last else None
        if last is not None and job is not None and job.is_open:
            return last
        asked = Verification.objects.create(school_id=school_id, requested_by=by.id, created_at=now)
        jobs.start(kind=VERIFY, subject_id=asked.pk, school_id=school_id, by=by, now=now)
        record("audit.viewed", by=by, school_id=school_id, resource=("seal_chain", asked.pk), at=now)
    return asked


def verify_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Check the chain first, then days for PORTION seconds; what was reached is kept with what was found."""
    ends = time.monotonic() + PORTION
    asked = Verification.objects.get(pk=job.subject_id)
    if not asked.chain_checked:
        _note(asked, check_chain(asked.school_id, public_keys()))
        asked.chain_checked = True
    looked_at = Chain.objects.filter(pk=asked.school_id).values_list("looked_at", flat=True).first()
    left = [day for day in days_to_check(asked.school_id) if asked.reached is None or day > asked.reached]
    total = asked.days + len(left)
    for day in left:
        result = check_day(asked.school_id, day, looked_at=looked_at)
        asked.rows, asked.unsealed = asked.rows + result.rows, asked.unsealed + result.unsealed
        asked.reached, asked.days = day, asked.days + 1
        _note(asked, result.findings)
        if time.monotonic() >= ends:
            break
    if asked.days >= total:
        asked.finished_at = now
    asked.save()
    return kinds.Progress(asked.days, total, finished=asked.days >= total)


def _note(asked: Verification, findings: Iterable[Finding]) -> None:
    for finding in findings:
        asked.findings += 1
        if asked.first is None:
            asked.first = {"kind": finding.kind, "row": finding.row, "seal": finding.seal}
