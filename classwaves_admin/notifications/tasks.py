"""The worker's part: sends mails, one by its id or all that are due."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.lib import clock
from classwaves_admin.notifications import sending
from classwaves_admin.tenancy.scope import system_scope


@shared_task(name="notifications.send")
def send(*, mail_id: str) -> None:
    """Send one mail if it is due and nobody else is sending it; a second call does nothing."""
    with system_scope(reason="the worker sends mails of every school"):
        sending.deliver(mail_id=mail_id, now=clock.now())


@shared_task(name="notifications.send_due")
def send_due() -> None:
    """Send what is due: retries, mails of a worker that died, mails that the broker never heard of."""
    with system_scope(reason="the worker sends mails of every school"):
        sending.deliver_due()
