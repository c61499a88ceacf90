"""`manage.py load_sample`: the sample district, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.lib import clock
from classwaves_admin.portal.sample.load import SampleRefused, load_sample
from classwaves_admin.portal.sample.make import SEED
from classwaves_admin.warehouse.outbox import gateway


class Command(BaseCommand):
    """Loads the sample, or says that it is here."""

    help = "Load the sample district with its people, for development. A second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the seed."""
        parser.add_argument("--seed", type=int, default=SEED, help="another number gives another district")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; exit with 1 in production."""
        try:
            counts = load_sample(now=clock.now().replace(microsecond=0), seed=options["seed"])
        except SampleRefused as refusal:
            raise CommandError(str(refusal)) from None
        if counts is None:
            self.stdout.write("The sample is loaded already.")
            return
        if options["verbosity"] > 1:
            for table, number in sorted(counts.items()):
                self.stdout.write(f"{number:>7}  {table}")
        self.stdout.write(f"The sample is loaded: {counts.total()} rows in {len(counts)} tables.")
        if gateway.pending():
            self.stdout.write("Part of it still waits for the catalog: see `manage.py outbox status`.")
