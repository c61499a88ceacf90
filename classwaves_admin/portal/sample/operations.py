"""The machine room: notices that went out, background jobs, requests, system events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.ledger import Ledger
from classwaves_admin.portal.sample.places import Place
from classwaves_admin.warehouse.models import ApiMetric, BackgroundJob, NotificationQueue, SystemEvent

# The policy for these tables keeps 90 days.
DAYS = 80
_JOBS = (("roster_import", 7), ("retention_preview", 14), ("consent_expiry", 4))
_ENDPOINTS = (
    ("/api/sessions", "POST"),
    ("/api/groups", "GET"),
    ("/api/transcripts", "POST"),
    ("/api/consent/gate", "GET"),
)
_EVENTS = (
    ("worker.started", "info", "worker", "The worker started."),
    ("warehouse.slow", "warning", "warehouse", "A query took more than two seconds."),
    ("mail.retried", "warning", "mail", "The mail server asked to try again later."),
    ("backup.finished", "info", "backup", "The nightly backup finished."),
)


def notifications(ledger: Ledger, dice: Dice) -> Iterator[NotificationQueue]:
    """Yield the catalog's proof that each request went out."""
    for invitation in ledger.invitations:
        yield NotificationQueue(
            id=dice.id_at(invitation.created_at),
            user_id=invitation.guardian_id,
            notification_type="consent.invitation",
            priority="normal",
            channel="email",
            recipient_address=invitation.guardian.email,
            subject="Your decision about ClassWaves",
            content="The notice and the link to answer were sent with this mail. The link is in the mail alone.",
            template_id=f"consent.invitation/{invitation.language}",
            template_data={"invitation": invitation.id},
            scheduled_for=invitation.created_at,
            expires_at=invitation.expires_at,
            retry_count=0,
            max_retries=5,
            status="sent",
            sent_at=invitation.sent_at,
            created_at=invitation.created_at,
        )


def outgoing(ledger: Ledger, queue: Iterable[NotificationQueue]) -> Iterator[OutgoingMail]:
    """Yield the portal's own rows of these notices, all of which went out."""
    asked = {invitation.id: invitation for invitation in ledger.invitations}
    for row in queue:
        invitation = asked[(row.template_data or {})["invitation"] or ""]
        yield OutgoingMail(
            id=row.id,
            kind=row.notification_type,
            language=invitation.language,
            school_id=invitation.school_id,
            refers_to=invitation.id,
            state=State.SENT,
            attempts=1,
            taken_at=row.sent_at,
            sent_at=row.sent_at,
            message_id=f"<{row.id}@sample.example>",
            created_at=row.created_at,
        )


def jobs(dice: Dice, now: datetime) -> Iterator[BackgroundJob]:
    """Yield background jobs, one of them failed."""
    for kind, every in _JOBS:
        for days_ago in range(1, DAYS, every):
            at = now - timedelta(days=days_ago, hours=dice.randint(1, 5))
            failed = dice.chance(4)
            yield BackgroundJob(
                id=dice.id_at(at),
                job_type=kind,
                status="failed" if failed else "completed",
                scheduled_at=at,
                started_at=dice.after(at, minutes=(0, 1)),
                completed_at=dice.after(at, minutes=(1, 5)),
                error_message="TimeoutError" if failed else None,
                retry_count=3 if failed else 0,
                created_at=at,
                updated_at=at,
            )


def machine_room(places: Sequence[Place], dice: Dice, now: datetime) -> Iterator[ApiMetric | SystemEvent]:
    """Yield requests of the classroom service and events of the machines."""
    for _ in range(240):
        place, at = dice.choice(places), dice.after(now - timedelta(days=DAYS), minutes=(0, (DAYS - 1) * 1440))
        endpoint, method = dice.choice(_ENDPOINTS)
        yield ApiMetric(
            id=dice.id_at(at),
            endpoint=endpoint,
            method=method,
            response_time_ms=dice.randint(20, 900),
            status_code=dice.choices([200, 201, 404, 500], [70, 24, 4, 2])[0],
            user_id=dice.choice(place.teachers).id,
            school_id=place.school.id,
            ip_address=f"198.51.100.{dice.randint(2, 250)}",
            timestamp=at,
        )
    for _ in range(60):
        at = dice.after(now - timedelta(days=DAYS), minutes=(0, (DAYS - 1) * 1440))
        kind, severity, component, message = dice.choice(_EVENTS)
        yield SystemEvent(
            id=dice.id_at(at),
            event_type=kind,
            severity=severity,
            component=component,
            message=message,
            school_id=dice.choice(places).school.id,
            created_at=at,
        )
