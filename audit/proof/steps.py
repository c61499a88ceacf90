"""Sealing as a job: audit.seal goes through the schools, and through the days of each."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import transaction

from audit.models import Chain
from audit.proof.jobs import SEAL
from audit.proof.keys import SealKey, signing_key
from audit.proof.rows import schools
from audit.proof.sealing import chain_of, seal_day, unsealed_days
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["seal_portion", "start_sealing"]

logger = logging.getLogger(__name__)

EVERYTHING = "all"
# Seconds of one portion: the lease of a job is a minute.
PORTION = 1.5


def start_sealing(*, by: Actor, now: datetime) -> Job | None:
    """Start a round through all schools; None where one still runs or no key is set.

    The job's lease keeps two rounds apart; two at once would do no harm (sealing.py).
    """
    if signing_key() is None:
        logger.warning("The audit log is not sealed: AUDIT_SEAL_KEY is not set.")
        return None
    with transaction.atomic():
        last = job_of(SEAL, EVERYTHING)
        if last is not None and last.is_open:
            return None
        return jobs.start(kind=SEAL, subject_id=EVERYTHING, school_id=None, by=by, now=now)


def seal_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Seal for PORTION seconds, school after school in the order of their chains."""
    key = signing_key()
    if key is None:
        raise kinds.CannotGoOn("no_seal_key")
    if not job.done:
        for school_id in schools():
            chain_of(school_id)
    chains = list(Chain.objects.order_by("school_id").values_list("school_id", flat=True))
    done, ends = job.done, time.monotonic() + PORTION
    with gateway.delivered_together():
        for school_id in chains[done:]:
            if not _seal_school(school_id, key, job.by, now, ends):
                break
            done += 1
            if time.monotonic() >= ends:
                break
    return kinds.Progress(done, len(chains), finished=done >= len(chains))


def _seal_school(school_id: str, key: SealKey, by: Actor, now: datetime, ends: float) -> bool:
    """Seal the days of a school that want it, from where the last portion stopped; return whether all are done."""
    chain = chain_of(school_id)
    sealed, quiet = False, []
    for day in unsealed_days(school_id, now=now, after=chain.reached, since=chain.looked_at):
        made = seal_day(school_id=school_id, day=day, key=key, by=by, now=now)
        sealed = sealed or bool(made)
        if not made:
            quiet.append(day)
        if time.monotonic() >= ends:
            Chain.objects.filter(pk=school_id).update(reached=day)
            return False
    for day in quiet if sealed else ():
        seal_day(school_id=school_id, day=day, key=key, by=by, now=now, along=True)
    Chain.objects.filter(pk=school_id).update(reached=None, looked_at=now)
    return True
