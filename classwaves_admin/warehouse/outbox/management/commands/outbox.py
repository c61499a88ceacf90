"""`manage.py outbox status|deliver`: look at the outbox and push it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.warehouse.outbox import delivery, queries
from classwaves_admin.warehouse.outbox.models import OutboxEntry


class Command(BaseCommand):
    """Prints the state of the outbox, or delivers what waits."""

    help = "status: what waits for the warehouse and what is stuck. deliver: apply it now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the word and its option."""
        parser.add_argument("what", choices=["status", "deliver"])
        parser.add_argument("--stuck", action="store_true", help="deliver: let stuck entries try again first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; exit with 1 when something is stuck or the warehouse does not answer."""
        if options["what"] == "deliver":
            self._deliver(retry_stuck=options["stuck"])
        else:
            self._status()

    def _status(self) -> None:
        found = queries.summary()
        since = f", oldest of {found.oldest:%Y-%m-%d %H:%M:%S} UTC" if found.oldest else ""
        self.stdout.write(f"{found.waiting} waiting, {found.stuck} stuck{since}")
        self.stdout.write(f"{found.delivery.delivered_total} delivered in all")
        if found.delivery.failures:
            self.stdout.write(
                f"the warehouse failed {found.delivery.failures} times in a row ({found.delivery.last_error}); "
                f"next try at {found.delivery.retry_at:%H:%M:%S} UTC"
            )
        for entry in queries.stuck_entries():
            behind = queries.waiting_behind(entry)
            self.stdout.write(f"  #{entry.pk} {entry}: {entry.last_error}, {entry.attempts} tries, {behind} behind it")
        if found.stuck:
            raise CommandError(f"{found.stuck} stuck: mend the cause, then run `manage.py outbox deliver --stuck`.")

    def _deliver(self, *, retry_stuck: bool) -> None:
        if retry_stuck:
            ids = list(OutboxEntry.objects.filter(stuck_at__isnull=False).values_list("pk", flat=True))
            self.stdout.write(f"{queries.release(ids)} released")
        outcome = delivery.deliver(even_if_resting=True)
        if outcome.busy:
            self.stdout.write("another process is delivering at this moment")
            return
        self.stdout.write(f"{outcome.delivered} delivered, {outcome.stuck} stuck")
        if outcome.failed or outcome.stuck:
            raise CommandError("Not all arrived: see `manage.py outbox status`.")
