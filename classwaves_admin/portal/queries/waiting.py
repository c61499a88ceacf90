"""What waits for somebody, in numbers, each as the list behind it counts.

No warehouse query, but where a school's district is not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from audit.models import UnusualDay
from audit.unusual import recent
from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.inventory.queries.surveys import counted
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.models import State as JobState
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.models import State as MailState
from classwaves_admin.people.queries.reviews import reviews_due
from classwaves_admin.people.queries.support import requests_waiting
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.outbox import queries as outbox
from retention.queries.certificates import removals_late
from retention.queries.changes import changes_waiting
from retention.queries.moves import moves_waiting
from retention.queries.requests import due_soon
from retention.queries.runs import runs_waiting

__all__ = ["nights", "waiting_for"]

# Jobs that a healthy installation has done since yesterday.
NIGHTLY = ("inventory.survey", "consent.coverage", "audit.unusual")


def waiting_for(access: Access, school: str, now: datetime) -> Mapping[str, int]:
    """Return the numbers that this person may look behind, of a school or of all in scope."""
    counts: tuple[tuple[str, Permission, Callable[[], int]], ...] = (
        ("stuck", Permission.SEE_DELIVERY, lambda: outbox.summary().stuck),
        ("unusual", Permission.SEE_AUDIT, lambda: UnusualDay.objects.filter(recent(now)).count()),
        ("requests", Permission.SEE_REQUESTS, lambda: due_soon(school, now)),
        ("runs", Permission.SEE_RETENTION, lambda: runs_waiting(school)),
        ("reviews", Permission.MANAGE_PEOPLE, lambda: reviews_due(access, school, now=now)),
        ("support", Permission.GRANT_SUPPORT, lambda: requests_waiting(now)),
        ("changes", Permission.MANAGE_RETENTION, lambda: changes_waiting(school).count()),
        ("moves", Permission.SEE_SCHOOLS, lambda: len(moves_waiting(access, school, timezone.localdate(now)))),
        ("removals", Permission.SEE_RETENTION, lambda: removals_late(school, now)),
        ("mails", Permission.SEE_MAIL, lambda: _mails_failed(school)),
        ("jobs", Permission.SEE_SYSTEM, lambda: _jobs_failed(school)),
        ("findings", Permission.MANAGE_SUBPROCESSORS, lambda: len(counted(everywhere=True).findings)),
    )
    return {name: count() for name, permission, count in counts if access.may(permission)}


def nights() -> list[tuple[str, datetime | None]]:
    """Return what runs every night, in words, with the last time that it was done."""
    with system_scope(reason="jobs of the whole installation, without what they are about"):
        done = dict(
            Job.objects.filter(kind__in=NIGHTLY, state=JobState.DONE)
            .order_by()
            .values_list("kind")
            .annotate(Max("finished_at"))
        )
    return [(kinds.title_of(kind), done.get(kind)) for kind in NIGHTLY]


def _mails_failed(school: str) -> int:
    rows = OutgoingMail.objects.filter(state=MailState.FAILED)
    return (rows.filter(school_id=school) if school else rows).count()


def _jobs_failed(school: str) -> int:
    rows = Job.objects.filter(state=JobState.FAILED)
    return (rows.filter(school_id=school) if school else rows).count()
