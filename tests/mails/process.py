"""Programs of their own for tests: a process that queues a mail, one that sends it, a real Celery worker.

    python -m tests.mails.process queue            prints the id of a queued mail
    python -m tests.mails.process queue-many 20    queues mails to different people
    python -m tests.mails.process look             sends what is due, as beat's task does
    python -m tests.mails.process send ID...       sends the mails, as the task does
    celery -A tests.mails.process worker           the portal's worker, which also knows `trial.hello`

The environment says where databases, broker and mail server are.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402 - after django.setup(), as everything below

from classwaves_admin.celery import app  # noqa: E402
from classwaves_admin.notifications import kinds  # noqa: E402
from tests.mails import trial  # noqa: E402

__all__ = ["app"]
settings.TEMPLATES = trial.with_templates(settings.TEMPLATES)
_kind = trial.Trial()
kinds.register(trial.KIND, _kind.build, secrets=("link",), on_sent=_kind.on_sent)


def queue() -> None:
    """Queue one mail, as an action does."""
    from django.db import transaction

    from classwaves_admin.lib.clock import now
    from classwaves_admin.notifications.actions import queue_mail

    with transaction.atomic():
        mail_id = queue_mail(
            kind=trial.KIND,
            recipient=trial.PARENT,
            context=trial.CONTEXT,
            school_id="school-1",
            refers_to="invitation-1",
            now=now(),
        )
    sys.stdout.write(mail_id)


def send(mail_ids: list[str]) -> None:
    """Send the mails one after the other."""
    from classwaves_admin.notifications import tasks

    for mail_id in mail_ids:
        tasks.send(mail_id=mail_id)


def queue_many(number: int) -> None:
    """Queue mails to different people, as a campaign does."""
    from django.db import transaction

    from classwaves_admin.lib.clock import now
    from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails

    drafts = [
        Draft(trial.KIND, Recipient(f"parent{n}@home.example", f"g-{n}", "en"), trial.CONTEXT, "school-1", f"i-{n}")
        for n in range(number)
    ]
    with transaction.atomic():
        queue_mails(drafts, now=now())


def look() -> None:
    """Send what is due."""
    from classwaves_admin.notifications import tasks

    tasks.send_due()


if __name__ == "__main__":
    if sys.argv[1] == "queue":
        queue()
    elif sys.argv[1] == "queue-many":
        queue_many(int(sys.argv[2]))
    elif sys.argv[1] == "look":
        look()
    else:
        send(sys.argv[2:])
