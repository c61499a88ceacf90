"""Takes off the disk what runs deleted, and says so on their certificates once it has been looked at.

Certificates whose databases stand at the same state go on together: one VACUUM serves the runs of a night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model, Q

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.digest import canonical_json
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from classwaves_admin.warehouse.physical import steps
from retention.actions.certificates import DATABASES
from retention.models import Certificate, CertificateState, Hindrance, Run, RunKind
from retention.places import all_places
from retention.queries.certificates import tables_touched

__all__ = ["PHYSICAL", "physical_portion", "register", "start_physical", "try_again"]

PHYSICAL, EVERYWHERE = "retention.physical", "everywhere"
# A step that rewrites large tables takes minutes, and a job's lease is a minute: nobody else begins the same step.
CLAIM = timedelta(hours=1)
NOT_PROVED_AGAIN = timedelta(days=1)


def register() -> None:
    """Register the job. Called once, when Django starts."""
    kinds.register(
        PHYSICAL,
        "retention.actions.physical.physical_portion",
        reason="the files of a database hold rows of every school",
        title="Taking deleted rows off the disk",
    )


def start_physical(*, by: Actor, now: datetime) -> Job | None:
    """Start the job where a certificate waits for a step and no such job is open."""
    if not _due(now).exists():
        return None
    with transaction.atomic():
        if Job.objects.filter(kind=PHYSICAL, state__in=(State.QUEUED, State.RUNNING)).exists():
            return None
        return jobs.start(kind=PHYSICAL, subject_id=EVERYWHERE, school_id=None, by=by, now=now)


def try_again(*, certificate: Certificate, by: Actor, now: datetime) -> Job | None:
    """Let a certificate that something hinders have its next step now, and start the job."""
    Certificate.objects.filter(pk=certificate.pk, state=CertificateState.LOGICAL).exclude(hindrance="").update(
        next_at=now
    )
    return start_physical(by=by, now=now)


def physical_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Take one step for the certificates that stand where the longest waiting one stands; safe to repeat."""
    waiting = list(_due(now).order_by("made_at", "id"))
    if not waiting:
        return kinds.Progress(job.done, job.done, finished=True)
    alias = _next_database(waiting[0])
    group = [one for one in waiting if _stands(one, alias) == _stands(waiting[0], alias)]
    ids = [one.pk for one in group]
    if alias is None:
        for certificate in group:
            _prove(certificate, job.by, now)
    elif Certificate.objects.filter(pk__in=ids, next_at__lte=now).update(next_at=now + CLAIM) == len(ids):
        _step(alias, group, now)
    done = job.done + len(group)
    return kinds.Progress(done, done + len(waiting) - len(group))


def _due(now: datetime) -> Any:
    return Certificate.objects.filter(Q(next_at__lte=now), state=CertificateState.LOGICAL)


def _next_database(certificate: Certificate) -> str | None:
    """Return the database whose bytes are not known to be gone; None where all are."""
    return next((one for one in DATABASES if not certificate.progress.get(one, {}).get("removed")), None)


def _stands(certificate: Certificate, alias: str | None) -> bytes:
    """Return where a certificate stands, in a form to compare."""
    return canonical_json([_next_database(certificate), certificate.progress.get(alias or "", {})])


def _step(alias: str, group: Sequence[Certificate], now: datetime) -> None:
    state = group[0].progress.get(alias, {}).get("state", {})
    taken = steps.step(alias, _tables(alias, group), state, now=now)
    hindrance = Hindrance(taken.trouble.value).value if taken.trouble else ""
    for certificate in group:
        certificate.progress[alias] = {"state": taken.state, "removed": taken.removed}
        certificate.hindrance, certificate.next_at = hindrance, taken.again_at or now
    Certificate.objects.bulk_update(group, ["progress", "hindrance", "next_at"])


def _prove(certificate: Certificate, by: Actor, now: datetime) -> None:
    """Look at each database, and call physical only what holds; else all is done again tomorrow."""
    found = {
        alias: steps.look(alias, _tables(alias, [certificate]), certificate.progress[alias]["state"])
        for alias in DATABASES
    }
    certificate.looked_at = {alias: {"engine": steps.engine_name(alias), **asdict(one)} for alias, one in found.items()}
    holds = all(one.holds for one in found.values())
    if holds:
        certificate.state, certificate.physical_at = CertificateState.PHYSICAL, now
        certificate.hindrance, certificate.next_at = "", None
    else:
        certificate.progress = {}
        certificate.hindrance, certificate.next_at = Hindrance.NOT_PROVED, now + NOT_PROVED_AGAIN
    with transaction.atomic():
        certificate.save(update_fields=["looked_at", "state", "physical_at", "progress", "hindrance", "next_at"])
        if holds:
            record(
                "retention.physically_removed",
                by=by,
                school_id=certificate.school_id,
                resource=("certificate", certificate.id),
                data={"run": certificate.run_id, "engines": sorted({steps.engine_name(one) for one in DATABASES})},
                at=now,
            )


def _tables(alias: str, group: Sequence[Certificate]) -> list[str]:
    if alias == "default":
        return sorted(model._meta.db_table for model in _of_the_portal(group))
    return sorted({name for one in group for name in tables_touched(one.content)})


def _of_the_portal(group: Sequence[Certificate]) -> set[type[Model]]:
    """Return the portal's own models whose rows held what went.

    The outbox had it on its way, and of a child also the copies that its deletion took, and the run itself.
    """
    if not Run.objects.filter(certificate__in=[one.pk for one in group], kind=RunKind.CHILD).exists():
        return {OutboxEntry}
    return {OutboxEntry, Run, *(apps.get_model(place.model) for place in all_places().values() if place.does)}
